"""DF207: parallel paths meet without a join, so what follows would run once for each."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.rules import FLOW_RULES


@FLOW_RULES.register("DF207")
def repeated_merge(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield a warning where two tokens meet, always or where the data decide it. An end may get several."""
    for step_id, found in patterns.items():
        step = graph.steps[step_id]
        crowded = {seen for seen in found if len(seen) > 1}
        if step.join != "merge" or step.is_end or not crowded:
            continue
        is_certain = crowded == found
        sources = sorted({graph.steps[graph.flows[i].source].name for seen in crowded for i in seen})
        yield Diagnostic(
            code="DF207",
            severity=Severity.WARNING,
            message=f"{step.name!r} {'gets' if is_certain else 'may get'} a token from each of {', '.join(sources)}; "
            + (
                "in BPMN it runs once for each of them, here once after all of them"
                if is_certain
                else "in BPMN it would run once for each of them, here a run in which that happens fails"
            ),
            remedy="put a parallel gateway before it to wait for all of them",
            element=step.node.element or step_id,
            line=step.node.line,
            pointer=step.node.pointer,
        )
