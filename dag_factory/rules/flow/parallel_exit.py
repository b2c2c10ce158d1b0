"""DF209: several tokens leave a loop at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.lowering.loop_body import DONE
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.rules import FLOW_RULES


@FLOW_RULES.register("DF209")
def parallel_exit(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield an error for an iteration that may end in several ways at once: a loop is left by one token."""
    if not process.is_part_of:
        return
    last = f"{process.id.rpartition('.')[2]}{DONE}"
    for step_id, found in patterns.items():
        if step_id == last and any(len(seen) > 1 for seen in found):
            step = graph.steps[step_id]
            yield Diagnostic(
                code="DF209",
                message=f"parallel paths leave, or repeat, the loop at {step.name!r} at the same time",
                remedy="join the parallel paths before the loop goes on or ends",
                element=process.element,
                line=process.line,
                pointer=process.pointer,
            )
