"""DF400: a construct that has a meaning, but no lowering yet."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.event_meaning import is_compiled
from dag_factory.model.process import FlowNode, Process
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.rules import STRUCTURE_RULES

_POSITIONS = {
    EventPosition.START: "start event",
    EventPosition.CATCH: "intermediate event",
    EventPosition.THROW: "throwing event",
    EventPosition.BOUNDARY: "boundary event",
    EventPosition.END: "end event",
}


@STRUCTURE_RULES.register("DF400")
def not_compiled(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each element that would have to be ignored."""
    for node in process.scope.walk():
        for what, remedy in _unsupported(node):
            yield Diagnostic(
                code="DF400",
                message=f"{what} {node.name!r} is not compiled yet",
                remedy=remedy,
                element=node.element or node.id,
                line=node.line,
                pointer=node.pointer,
            )


def _unsupported(node: FlowNode) -> Iterator[tuple[str, str]]:
    if isinstance(node.fields, EventNode) and not is_compiled(node.fields):
        remedy = "use a script, wait or user task in its place"
        yield f"the {node.fields.definition} {_POSITIONS[node.fields.position]}", remedy
