"""``inclusiveGateway``: takes every flow whose condition is true; waits for every path that is still alive."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.elements.exclusive_gateway import is_split
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.task import TaskNode


@ELEMENTS.register("inclusiveGateway")
def read_inclusive_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a decision where flows part, else a step; both wait for all living paths where flows meet."""
    join = "any" if len(node.incoming) > 1 else ""
    if is_split(node):
        return make_node(node, reading, DecisionNode(**identity(node), mode="inclusive"), join=join)
    return make_node(node, reading, TaskNode(**identity(node)), join=join)
