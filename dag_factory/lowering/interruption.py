"""What the events on an activity's border need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dag_factory.model.duration import duration_seconds
from dag_factory.model.process import FlowNode
from dag_factory.nodes.base import Activity
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.manual import ManualNode

FOREVER_SECONDS = 31_536_000.0
"""A request that an event on its border may withdraw waits this long: a year."""

SLACK_SECONDS = 600.0
"""How much later than the timer on its border the time-out of an activity comes."""


class Interruption:
    """The boundary events of one activity, by what they need.

    :param stoppers: end the activity when they happen.
    :param side_events: happen beside the activity, which goes on.
    :param errors: are taken when the activity fails.
    :param escalations: are taken when something inside escalates.
    :param cancellations: are taken when the transaction inside is cancelled.
    """

    def __init__(self, node: FlowNode, boundaries: Sequence[FlowNode]) -> None:
        self.node = node
        events = [(event, event.fields) for event in boundaries if isinstance(event.fields, EventNode)]
        self.errors = [event for event, fields in events if fields.definition == "error"]
        self.escalations = [event for event, fields in events if fields.definition == "escalation"]
        self.cancellations = [event for event, fields in events if fields.definition == "cancel"]
        known = {event.id for event in (*self.errors, *self.escalations, *self.cancellations)}
        waited = [(event, fields) for event, fields in events if event.id not in known]
        self.stoppers = [event for event, fields in waited if fields.is_interrupting]
        self.side_events = [event for event, fields in waited if not fields.is_interrupting]

    @property
    def routed(self) -> list[FlowNode]:
        """The events whose paths are taken once the activity has ended."""
        return [*self.stoppers, *self.errors, *self.escalations, *self.cancellations]


def with_room_for_timers(node: FlowNode, stoppers: Sequence[FlowNode]) -> FlowNode:
    """Return the activity with a time-out of its own that does not come before the timers on its border.

    A time-out that the diagram itself gives stays.
    """
    if not stoppers or not isinstance(node.fields, Activity) or node.fields.timeout_seconds is not None:
        return node
    limits = [duration_seconds(event.fields.timer) for event in stoppers if isinstance(event.fields, EventNode)]
    longest = max((seconds for seconds in limits if seconds), default=0.0)
    limit = FOREVER_SECONDS if isinstance(node.fields, ManualNode) else longest + SLACK_SECONDS
    if limit <= node.fields.default_timeout_seconds:
        return node
    return replace(node, fields=node.fields.model_copy(update={"timeout_seconds": min(limit, FOREVER_SECONDS)}))
