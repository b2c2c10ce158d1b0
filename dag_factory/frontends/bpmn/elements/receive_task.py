"""``receiveTask``: waits for a message."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.reference import message_correlation, message_reference, unnamed_message
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventNode, EventPosition


@ELEMENTS.register("receiveTask")
def read_receive_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a wait for the message that the task names; an instantiating one without a flow into it is a start."""
    reference = message_reference(node.element, reading)
    assign_after(node, reading)
    if not reference and node.is_behind_event_gateway:
        reference = unnamed_message(node, reading)
    if not reference:
        reading.findings.warning(
            "DF417", node.element, "does not say which message it waits for, and goes on at once", "name a message"
        )
        return make_task(node, reading)
    starts = node.element.get("instantiate") in ("true", "1") and not node.incoming
    fields = EventNode(
        **identity(node),
        position=EventPosition.START if starts else EventPosition.CATCH,
        definition="message",
        reference=reference,
        correlation=message_correlation(node.element, reading),
    )
    return make_node(node, reading, fields)
