"""``parallelGateway``: waits for every flow that enters, takes every flow that leaves."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode


@ELEMENTS.register("parallelGateway")
def read_parallel_gateway(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a parallel gateway."""
    join = "all" if len(node.incoming) > 1 else ""
    return make_node(node, reading, ParallelGatewayNode(**identity(node)), join=join)
