"""DF206: a parallel gateway may wait for a path that was not taken."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.rules import FLOW_RULES


@FLOW_RULES.register("DF206")
def possible_deadlock(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield a warning for a join that can miss a token (the data may exclude it), an error for one that always does.

    In BPMN that is a warning too: engines take such a file, and the rest of it can be read and run.
    """
    for step_id, found in patterns.items():
        step, entering = graph.steps[step_id], frozenset(graph.incoming[step_id])
        if step.join != "gate" or not found or found == {entering}:
            continue
        is_certain = entering not in found
        missing = sorted({graph.steps[graph.flows[i].source].name for seen in found for i in entering - seen})
        yield Diagnostic(
            code="DF206",
            severity=Severity.ERROR if is_certain and not process.join_is_explicit else Severity.WARNING,
            message=f"the parallel gateway {step.name!r} {'always waits' if is_certain else 'may wait'} for ever: "
            f"no token need come from {', '.join(missing)}",
            remedy="join alternative paths with an exclusive or inclusive gateway"
            + "; a run that gets there without all tokens fails",
            element=step.node.element or step_id,
            line=step.node.line,
            pointer=step.node.pointer,
        )
