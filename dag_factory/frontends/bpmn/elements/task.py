"""``task``: a step that says nothing about how it is done."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import make_task
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.work import make_work
from dag_factory.model.process import FlowNode


@ELEMENTS.register("task")
def read_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a step without work, unless a vendor's attribute gives it some."""
    work = reading.work(node.element)
    if work:
        return make_work(node, reading, work)
    assign_after(node, reading)
    reading.findings.info(
        "DF412", node.element, "does no work: it is an abstract task", "make it a user, script or service task"
    )
    return make_task(node, reading)
