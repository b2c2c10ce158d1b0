"""What each event of BPMN does as a step."""

from __future__ import annotations

from collections.abc import Sequence

from dag_factory.model.process import FlowNode
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.event_race import EventRaceNode, awaited
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.terminate import TerminateNode
from dag_factory.nodes.throw import ThrowNode
from dag_factory.nodes.wait import WaitNode


def plain_fields(fields: NodeFields) -> NodeFields:
    """Return what a node that stands alone does as a step; anything but an event is what it was."""
    if not isinstance(fields, EventNode):
        return fields
    match fields.position, fields.definition:
        case EventPosition.CATCH, "timer" if fields.timer_kind != "cycle":
            is_date = fields.timer_kind == "date"
            return WaitNode(
                id=fields.id,
                name=fields.name,
                until=fields.timer if is_date else None,
                duration=None if is_date else fields.timer,
            )
        case EventPosition.CATCH, _:
            return EventRaceNode.model_construct(
                id=fields.id,
                name=fields.name,
                events=awaited(fields.id, fields),
                is_branching=False,
            )
        case ((EventPosition.THROW | EventPosition.END), ("message" | "signal")):
            return ThrowNode.model_construct(
                id=fields.id,
                name=fields.name,
                kind=fields.definition,
                event=fields.reference or fields.name or fields.id,
                correlation=fields.correlation or "",
            )
        case EventPosition.END, "terminate":
            return TerminateNode.model_construct(id=fields.id, name=fields.name)
        case EventPosition.END, "error":
            return TerminateNode.model_construct(id=fields.id, name=fields.name, fails=True, error=fields.reference)
    return TaskNode.model_construct(id=fields.id, name=fields.name)


def race_of_gateway(gateway: EventGatewayNode, targets: Sequence[FlowNode]) -> EventRaceNode:
    """Return the wait for the first of the events behind an event-based gateway."""
    events = [item for node in targets if isinstance(node.fields, EventNode) for item in awaited(node.id, node.fields)]
    return EventRaceNode.model_construct(id=gateway.id, name=gateway.name, events=events)
