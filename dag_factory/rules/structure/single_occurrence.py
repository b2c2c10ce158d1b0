"""DF231: an event that leaves its activity running may happen several times."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.process import FlowNode, Process
from dag_factory.model.starts import event_sub_processes, is_boundary, is_start
from dag_factory.nodes.event import EventNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF231")
def single_occurrence(process: Process) -> Iterator[Diagnostic]:
    """Yield a warning for each repeating timer beside an activity, an info for each message or signal beside one."""
    for scope in process.scope.walk_scopes():
        starts = [node for handler in event_sub_processes(scope) if handler.scope for node in handler.scope.nodes]
        for node in [*filter(is_boundary, scope.nodes), *filter(is_start, starts)]:
            if isinstance(node.fields, EventNode) and not node.fields.is_interrupting and _may_repeat(node.fields):
                yield _found(node, node.fields)


def _may_repeat(fields: EventNode) -> bool:
    return any(part.definition in ("message", "signal") or part.timer_kind == "cycle" for part in fields.definitions)


def _found(node: FlowNode, fields: EventNode) -> Diagnostic:
    repeats = fields.timer_kind == "cycle"
    return Diagnostic(
        code="DF231",
        severity=Severity.WARNING if repeats else Severity.INFO,
        message=f"the event {node.name!r} starts its path only the first time that it happens",
        remedy="draw a loop with a timer to repeat it" if repeats else "draw a loop to receive several",
        element=node.element or node.id,
        line=node.line,
        pointer=node.pointer,
    )
