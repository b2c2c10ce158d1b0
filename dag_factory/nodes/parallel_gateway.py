"""BPMN's parallel gateway: a token on each way out, after one from each way in."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("parallel_gateway")
class ParallelGatewayNode(NodeFields):
    """Waits for every edge that enters it, then takes every edge that leaves it."""

    type: Literal["parallel_gateway"] = "parallel_gateway"
