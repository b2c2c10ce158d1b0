"""``endEvent``: where a path ends, with or without something thrown."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.event import make_event, read_event
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.end import EndNode
from dag_factory.nodes.event import EventPosition


@ELEMENTS.register("endEvent")
def read_end_event(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a plain end, or the event that it throws."""
    facts = read_event(node, reading)
    if facts.definition != "none":
        return make_event(node, reading, EventPosition.END, facts)
    assign_after(node, reading)
    return make_node(node, reading, EndNode(**identity(node)))
