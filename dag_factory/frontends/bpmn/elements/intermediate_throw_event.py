"""``intermediateThrowEvent``: throws something and goes on; without a definition it is a milestone."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.event import make_event, read_event
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import make_task
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventPosition


@ELEMENTS.register("intermediateThrowEvent")
def read_intermediate_throw_event(node: FlowElement, reading: Reading) -> FlowNode:
    """Return the event that is thrown, or a step that only passes the token on."""
    facts = read_event(node, reading)
    if facts.definition == "none":
        assign_after(node, reading)
        return make_task(node, reading)
    return make_event(node, reading, EventPosition.THROW, facts)
