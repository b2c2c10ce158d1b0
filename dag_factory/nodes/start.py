"""A start: where a run's token enters."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("start")
class StartNode(NodeFields):
    """Begins the flow and does nothing itself. A template without one begins at the nodes that no edge enters."""

    type: Literal["start"] = "start"
