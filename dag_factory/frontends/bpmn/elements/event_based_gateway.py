"""``eventBasedGateway``: the first of the events behind it chooses the way."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event_gateway import EventGatewayNode


@ELEMENTS.register("eventBasedGateway")
def read_event_based_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return an event gateway."""
    instantiates = node.element.get("instantiate") in ("true", "1")
    if node.element.get("eventGatewayType") == "Parallel":
        reading.findings.warning(
            "DF453",
            node.element,
            "starts an instance after all of its events; here the first one counts",
            "use one event",
        )
    return make_node(node, reading, EventGatewayNode(**identity(node), is_instantiating=instantiates))
