"""``exclusiveGateway``: takes the first flow whose condition is true; merges without waiting."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task
from dag_factory.frontends.bpmn.namespaces import bpmn_child, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.decision import DecisionNode


@ELEMENTS.register("exclusiveGateway")
def read_exclusive_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a decision where flows part, else a step that passes the token on."""
    if not is_split(node):
        return make_task(node, reading)
    return make_node(node, reading, DecisionNode(**identity(node), mode="exclusive"))


def is_split(node: FlowElement) -> bool:
    """Return whether a gateway has something to decide."""
    return len(node.outgoing) > 1 or any(
        text_of(bpmn_child(line.element, "conditionExpression")) for line in node.outgoing
    )
