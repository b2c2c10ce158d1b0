"""BPMN's complex gateway."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("complex_gateway")
class ComplexGatewayNode(NodeFields):
    """Joins when its activation condition is true."""

    type: Literal["complex_gateway"] = "complex_gateway"
    activation_condition: str | None = None
