"""Variables that an activity sets: output mappings of the file over the fields of our result."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from dag_factory.expressions import parse_text
from dag_factory.expressions.syntax_tree import Node
from dag_factory.frontends.bpmn.expression_text import lone_expression, replace_names
from dag_factory.frontends.bpmn.facts import Mapping
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.nodes.assign import AssignNode

Rename = Callable[[str], Node | None]


def read_outputs(
    node: FlowElement, reading: Reading, rename: Rename, mappings: Sequence[Mapping] | None = None
) -> dict[str, str]:
    """Return variable -> expression for the output mappings of ``node``; the others give warnings.

    :param rename: returns where in the result a name of the mapping is, ``None`` for nowhere.
    :param mappings: those to read instead of what the vendors give.
    """
    if mappings is None:
        mappings = reading.all(lambda vendor: vendor.outputs(node.element, reading.findings))
    made = {}
    for mapping in mappings:
        expression = _expression(mapping.value)
        renamed = replace_names(expression, rename) if expression is not None else None
        if renamed is not None and is_variable_name(mapping.target):
            made[mapping.target] = renamed
        else:
            _warn(node, mapping, reading)
    return made


def report_inputs(node: FlowElement, reading: Reading) -> None:
    """Add a warning for each input of an element that cannot have any here."""
    for mapping in reading.all(lambda vendor: vendor.inputs(node.element, reading.findings)):
        warn_of_input(node, mapping, reading, "use the variable itself where it is needed")


def warn_of_input(node: FlowElement, mapping: Mapping, reading: Reading, remedy: str) -> None:
    """Add a warning for an input that has no effect."""
    problem = f"gets the input {one_line(mapping.target, 80)!r}, which has no effect here"
    reading.findings.warning("DF452", node.element, problem, remedy)


def assign_after(node: FlowElement, reading: Reading) -> None:
    """Let a step behind an element without work of its own set the variables that the element sets."""
    report_inputs(node, reading)
    values = {}
    for mapping in reading.all(lambda vendor: vendor.outputs(node.element, reading.findings)):
        expression = _expression(mapping.value)
        if expression is not None and is_variable_name(mapping.target) and node.outgoing:
            values[mapping.target] = expression
        else:
            _warn(node, mapping, reading)
    if values:
        name = one_line(node.element.get("name"), 200) or node.id
        step_id = reading.index.ids.allocate(f"{node.id}_sets")
        reading.assignments[node.id] = AssignNode(id=step_id, name=f"{name}: sets", values=values)


def _warn(node: FlowElement, mapping: Mapping, reading: Reading) -> None:
    reading.findings.warning(
        "DF451",
        node.element,
        f"sets the variable {one_line(mapping.target, 80)!r} in a way that is not compiled",
        "set it by a script task",
    )


def _expression(value: Any) -> str | None:
    """Return a mapped value as one expression, ``None`` for texts that are put together."""
    if not isinstance(value, str):
        return None
    if (expression := lone_expression(value)) is not None:
        return expression
    parts = parse_text(value).parts
    return json.dumps(parts[0], ensure_ascii=False) if len(parts) == 1 and isinstance(parts[0], str) else None
