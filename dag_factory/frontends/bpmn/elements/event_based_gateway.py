"""``eventBasedGateway``: the first of the events behind it chooses the way."""

from __future__ import annotations

from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event_gateway import EventGatewayNode

_WAITING = ("intermediateCatchEvent", "receiveTask")


@ELEMENTS.register("eventBasedGateway")
def read_event_based_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return an event gateway.

    :raises CannotRunError: it leads to nothing that waits.
    """
    instantiates = node.element.get("instantiate") in ("true", "1")
    if node.element.get("eventGatewayType") == "Parallel":
        reading.findings.warning(
            "DF453",
            node.element,
            "starts an instance after all of its events; here the first one counts",
            "use one event",
        )
    if not any(line.target.kind in _WAITING for line in node.outgoing):
        problem = "leads to no catching event and no receive task, so there is nothing to wait for"
        raise CannotRunError("DF230", problem, "lead it to events, or use an exclusive gateway")
    return make_node(node, reading, EventGatewayNode(**identity(node), is_instantiating=instantiates))
