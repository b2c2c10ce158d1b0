"""Which parts of a process an event may end while they run."""

from __future__ import annotations

from dag_factory.model.process import FlowNode, Scope
from dag_factory.model.starts import activity_of, event_sub_processes, is_compensation, is_start
from dag_factory.nodes.event import EventNode, EventPosition

_ENDING = ("terminate", "error", "cancel", "escalation")


def ends_early(scope: Scope) -> bool:
    """Return whether something in ``scope`` may end all of it: an end event that does, or an event sub-process."""
    return any(
        isinstance(node.fields, EventNode)
        and node.fields.position is not EventPosition.BOUNDARY
        and node.fields.definition in _ENDING
        for node in scope.nodes
    ) or any(_interrupts(handler) for handler in event_sub_processes(scope))


def interruptible_nodes(scope: Scope) -> frozenset[str]:
    """Return the ids of the nodes that an event on their border may end."""
    return frozenset(
        activity_of(event)
        for event in scope.nodes
        if isinstance(event.fields, EventNode) and event.fields.is_interrupting and not is_compensation(event)
    )


def _interrupts(handler: FlowNode) -> bool:
    assert handler.scope is not None
    return any(
        is_start(node) and isinstance(node.fields, EventNode) and node.fields.is_interrupting
        for node in handler.scope.nodes
    )
