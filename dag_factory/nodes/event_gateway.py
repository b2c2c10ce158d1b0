"""BPMN's event-based gateway: the first of the events behind it chooses the way."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("event_gateway")
class EventGatewayNode(NodeFields):
    """Waits for all the events that its edges lead to and takes the edge of the first one."""

    type: Literal["event_gateway"] = "event_gateway"
    is_instantiating: bool = False
