"""Which events of BPMN have a meaning in a run."""

from __future__ import annotations

from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_race import AWAITABLE

_STARTING = (*AWAITABLE, "error", "escalation", "compensation")
_THROWN = ("none", "message", "signal", "escalation", "compensation")


def is_compiled(event: EventNode) -> bool:
    """Return whether an event of this definition at this position is compiled."""
    if event.definition == "multiple":
        return bool(event.parts) and all(map(is_part_compiled, event.parts))
    match event.position:
        case EventPosition.CATCH:
            return event.definition in (*AWAITABLE, "link")
        case EventPosition.BOUNDARY:
            return event.definition in (*_STARTING, "cancel")
        case EventPosition.START:
            return event.definition in _STARTING
        case EventPosition.THROW:
            return event.definition in (*_THROWN, "link")
        case EventPosition.END:
            return event.definition in (*_THROWN, "error", "terminate", "cancel")


def is_part_compiled(part: EventNode) -> bool:
    """Return whether one of several definitions of an event is compiled: those that are waited for together."""
    if part.position in (EventPosition.THROW, EventPosition.END):
        return is_compiled(part)
    return part.definition in AWAITABLE
