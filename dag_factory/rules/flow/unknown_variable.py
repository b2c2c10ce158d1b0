"""DF301: a variable is used that nothing before can have set."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from dag_factory.diagnostics import Diagnostic
from dag_factory.expressions import parse_expression
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.model.variable_use import GIVEN_BY_THE_RUN, names_read, variables_before
from dag_factory.rules import FLOW_RULES

MAX_HINTS = 10
"""How many findings guess what was meant, which is slow."""


@FLOW_RULES.register("DF301")
def unknown_variable(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield an error for each name that is neither declared nor set by a node on a path to where it is used."""
    if process.has_open_variables:
        return
    declared = {variable.name for variable in process.variables}
    everywhere = declared | {name for step in graph.steps.values() for name in step.fields.variables_set()}
    hints = iter(range(MAX_HINTS))
    for step_id in graph.order:
        step = graph.steps[step_id]
        known = declared | variables_before(graph, step_id)
        for name in sorted(names_read(graph, step) - known):
            near = get_close_matches(name, known, n=1) if next(hints, None) is not None else []
            if name in everywhere:
                problem = "is set only by a node that does not come before it"
            else:
                problem = "is neither declared nor set by a node before"
            yield Diagnostic(
                code="DF301",
                message=f"node {step.name!r} uses the variable {name!r}, which {problem}",
                remedy=f"did you mean {near[0]!r}?" if near else "declare it under `variables`, or let a node set it",
                element=step.node.id,
                line=step.node.line,
                pointer=step.node.pointer,
            )
    for name in sorted(_names_of_result(process) - everywhere):
        yield Diagnostic(
            code="DF301",
            message=f"the result uses the variable {name!r}, which is neither declared nor set by any node",
            remedy="declare it under `variables`, or let a node set it",
            element=process.element,
            line=process.line,
            pointer="/result",
        )


def _names_of_result(process: Process) -> set[str]:
    texts = (process.result or {}).values()
    return {name for text in texts for name in parse_expression(text).names} - GIVEN_BY_THE_RUN
