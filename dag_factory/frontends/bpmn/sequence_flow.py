"""Sequence flows: their conditions, and which one is the default."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.frontends.bpmn.condition import REMEDY, Condition, read_condition
from dag_factory.frontends.bpmn.flow_index import FlowElement, FlowLine
from dag_factory.frontends.bpmn.identifiers import variable_name_from
from dag_factory.frontends.bpmn.namespaces import bpmn_child, line_of, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import SequenceFlow, Variable

_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})
_UNCONDITIONAL = frozenset({"parallelGateway", "eventBasedGateway", "startEvent", "boundaryEvent"})


def read_flows(source: FlowElement, reading: Reading) -> Iterator[SequenceFlow]:
    """Yield the sequence flows that leave ``source``, in file order.

    A condition that only an engine could evaluate is a question to whoever starts the run. Where no condition of a
    gateway can be read, its flows count as flows without any, among which a choice is made.
    """
    default = _default_of(source, reading)
    conditions = {line.id: _condition(line, line is default, reading) for line in source.outgoing}
    is_several = len(source.outgoing) > 1
    is_chosen = source.kind in _CHOOSING and is_several and not any(item.expression for item in conditions.values())
    for line in source.outgoing:
        condition = conditions[line.id]
        if condition.code:
            condition = _decided_by_hand(line, condition, reading) if is_chosen else _asked(line, condition, reading)
        yield SequenceFlow(
            id=line.id,
            source=line.source.id,
            target=line.target.id,
            name=one_line(line.element.get("name")) or condition.words,
            condition=condition.expression,
            is_default=line is default,
            line=line_of(line.element),
        )
        reading.report_rest(line.element)


def _decided_by_hand(line: FlowLine, condition: Condition, reading: Reading) -> Condition:
    problem = f"{condition.problem}; the way is chosen by hand"
    reading.findings.warning(condition.code, line.element, problem, REMEDY)
    return Condition(words=condition.words)


def _asked(line: FlowLine, condition: Condition, reading: Reading) -> Condition:
    name = variable_name_from(f"condition_{line.id}")
    problem = f"{condition.problem}; the parameter {name!r} of a run says whether it is true"
    reading.findings.warning(condition.code, line.element, problem, REMEDY)
    reading.variables.append(
        Variable(
            name=name,
            type="boolean",
            is_required=True,
            title=one_line(line.element.get("name")) or line.id,
            description=f"Whether this is true: {condition.words}",
        )
    )
    return Condition(expression=name, words=condition.words)


def _condition(line: FlowLine, is_default: bool, reading: Reading) -> Condition:
    holder = bpmn_child(line.element, "conditionExpression")
    if holder is None:
        return Condition()
    if is_default or line.source.kind in _UNCONDITIONAL:
        if text_of(holder):
            why = "is the default" if is_default else f"leaves a {line.source.kind}"
            reading.findings.warning("DF220", line.element, f"has a condition that counts for nothing, since it {why}")
        return Condition()
    return read_condition(holder, line.element, reading)


def _default_of(source: FlowElement, reading: Reading) -> FlowLine | None:
    wanted = (source.element.get("default") or "").strip()
    if not wanted:
        return None
    for line in source.outgoing:
        if line.element.get("id") in (wanted, wanted.rpartition(":")[2]):
            return line
    if source.outgoing:
        reading.findings.warning(
            "DF221",
            source.element,
            f"has the default flow {wanted!r}, which does not leave it",
            "name one of its flows",
        )
    return None
