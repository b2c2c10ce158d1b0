"""Which events of BPMN have a meaning in a run today."""

from __future__ import annotations

from dag_factory.nodes.event import EventNode, EventPosition


def is_compiled(event: EventNode) -> bool:
    """Return whether an event of this definition at this position is compiled: waits for a time, and milestones.

    The lowering of the other events stands (``lowering/flatten.py``); the operators that would carry them out do not,
    so that they are refused rather than promised.
    """
    match event.position:
        case EventPosition.CATCH:
            return event.definition == "timer" and event.timer_kind in ("date", "duration")
        case EventPosition.THROW | EventPosition.END:
            return event.definition == "none"
        case _:
            return False
