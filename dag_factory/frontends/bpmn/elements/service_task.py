"""``serviceTask``, ``sendTask`` and ``businessRuleTask``: work that a vendor's extension names."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.facts import UnboundWork
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.reference import message_reference
from dag_factory.frontends.bpmn.work import make_work
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventNode, EventPosition

_NO_IMPLEMENTATION = ("", "webservice", "other", "unspecified", "java", "none", "human task web service")


@ELEMENTS.register("serviceTask")
def read_service_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return the work that can run, else a node that fails with the reason, else a step without work."""
    work = reading.work(node.element)
    implementation = one_line(node.element.get("implementation"), 120)
    if not work and implementation.lower().lstrip("#") not in _NO_IMPLEMENTATION:
        work = UnboundWork(f"names the implementation {implementation!r}", implementation)
    if work:
        return make_work(node, reading, work)
    assign_after(node, reading)
    reading.findings.warning(
        "DF416", node.element, "has no implementation and does nothing", "add one, or make it an abstract task"
    )
    return make_task(node, reading)


ELEMENTS.register("businessRuleTask")(read_service_task)


@ELEMENTS.register("sendTask")
def read_send_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return the sending of a message, where the task names one and no way to send it."""
    has_work = reading.work(node.element)
    reference = message_reference(node.element, reading)
    if has_work or not reference:
        return read_service_task(node, reading)
    fields = EventNode(**identity(node), position=EventPosition.THROW, definition="message", reference=reference)
    return make_node(node, reading, fields)
