"""DF209: several tokens leave a loop at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.lowering.loop_body import last_step
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.rules import FLOW_RULES


@FLOW_RULES.register("DF209")
def parallel_exit(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield an error for an iteration that always ends in several ways at once: a loop is left by one token.

    A warning where the data may keep it to one way, and in BPMN, where engines take such a file: an iteration in which
    several tokens leave fails.
    """
    last = last_step(process)
    for step_id, found in patterns.items():
        crowded = {seen for seen in found if len(seen) > 1}
        if step_id == last and crowded:
            step = graph.steps[step_id]
            is_certain = crowded == found
            yield Diagnostic(
                code="DF209",
                severity=Severity.ERROR if is_certain and not process.join_is_explicit else Severity.WARNING,
                message=f"parallel paths {'' if is_certain else 'may '}leave, or repeat, the loop at {step.name!r} "
                "at the same time",
                remedy="join the parallel paths before the loop goes on or ends; "
                "an iteration in which that happens fails",
                element=process.element,
                line=process.line,
                pointer=process.pointer,
            )
