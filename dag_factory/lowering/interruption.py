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


class Interruption:
    """The boundary events of one activity, by what they need.

    :param stoppers: end the activity when they happen.
    :param side_events: happen beside the activity, which goes on.
    :param errors: are taken when the activity fails.
    """

    def __init__(self, node: FlowNode, boundaries: Sequence[FlowNode]) -> None:
        self.node = node
        events = [(event, event.fields) for event in boundaries if isinstance(event.fields, EventNode)]
        self.errors = [event for event, fields in events if fields.definition == "error"]
        waited = [(event, fields) for event, fields in events if fields.definition != "error"]
        self.stoppers = [event for event, fields in waited if fields.is_interrupting]
        self.side_events = [event for event, fields in waited if not fields.is_interrupting]


def with_time_limit(node: FlowNode, stoppers: Sequence[FlowNode]) -> FlowNode:
    """Return the activity with its time-out set to the shortest timer on its border, so that it is really stopped.

    A person's task waits without a worker and is withdrawn by the timer itself: it gets no time-out of its own.
    """
    if isinstance(node.fields, ManualNode):
        limit: float | None = FOREVER_SECONDS if stoppers and node.fields.timeout_seconds is None else None
    else:
        limits = [duration_seconds(event.fields.timer) for event in stoppers if isinstance(event.fields, EventNode)]
        limit = min((seconds for seconds in limits if seconds), default=None)
    if limit is None or not isinstance(node.fields, Activity):
        return node
    return replace(node, fields=node.fields.model_copy(update={"timeout_seconds": limit}))
