"""``complexGateway``: joins when a condition is true."""

from __future__ import annotations

from dag_factory.frontends.bpmn.condition import read_expression
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.namespaces import bpmn_child, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.complex_gateway import ComplexGatewayNode


@ELEMENTS.register("complexGateway")
def read_complex_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a complex gateway with its activation condition."""
    raw = text_of(bpmn_child(node.element, "activationCondition"))
    condition = read_expression(raw, "the activation condition")
    return make_node(node, reading, ComplexGatewayNode(**identity(node), activation_condition=condition))
