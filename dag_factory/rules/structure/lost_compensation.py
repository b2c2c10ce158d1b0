"""DF234: work that was done in an iteration is not undone."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.lowering.loop_members import nodes_in_loops
from dag_factory.model.process import FlowNode, Process, Scope
from dag_factory.model.starts import handlers_by_activity
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF234")
def lost_compensation(process: Process) -> Iterator[Diagnostic]:
    """Yield a warning for each compensation handler in an iteration, where the process compensates anything.

    An iteration of a loop, or an instance of a repeated sub-process, is a run of its own: once it is over, nobody
    knows any more what is to be undone.
    """
    if any(map(_compensates, process.scope.walk())):
        for handler in _handlers_in_iterations(process.scope, is_in_iteration=False):
            yield Diagnostic(
                code="DF234",
                severity=Severity.WARNING,
                message=f"{handler.name!r} undoes nothing once its iteration of a loop or repetition is over",
                remedy="undo the work inside the iteration, or draw it without the loop",
                element=handler.element or handler.id,
                line=handler.line,
                pointer=handler.pointer,
            )


def _compensates(node: FlowNode) -> bool:
    if not isinstance(node.fields, EventNode) or node.fields.position not in (EventPosition.THROW, EventPosition.END):
        return False
    return any(part.definition in ("compensation", "cancel") for part in node.fields.definitions)


def _handlers_in_iterations(scope: Scope, *, is_in_iteration: bool) -> Iterator[FlowNode]:
    looping = nodes_in_loops(scope)
    for activity, handler in handlers_by_activity(scope).items():
        if is_in_iteration or activity in looping:
            yield handler
    for node in scope.nodes:
        if node.scope is not None:
            is_inside = is_in_iteration or node.id in looping or node.repetition is not None
            yield from _handlers_in_iterations(node.scope, is_in_iteration=is_inside)
