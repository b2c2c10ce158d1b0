"""Which events of BPMN have a meaning in a run."""

from __future__ import annotations

from dag_factory.nodes.event import EventNode, EventPosition

WAITABLE = frozenset({"timer", "message", "signal", "conditional"})
"""Definitions of events that a run can wait for."""

THROWABLE = frozenset({"message", "signal"})


def is_compiled(event: EventNode) -> bool:
    """Return whether an event of this definition at this position has a meaning in a run."""
    match event.position:
        case EventPosition.CATCH:
            return event.definition in WAITABLE
        case EventPosition.BOUNDARY:
            return event.definition in WAITABLE | {"error"}
        case EventPosition.THROW:
            return event.definition in THROWABLE | {"none"}
        case EventPosition.END:
            return event.definition in THROWABLE | {"error", "terminate", "none"}
        case _:
            return event.definition in WAITABLE | {"error", "none"}
