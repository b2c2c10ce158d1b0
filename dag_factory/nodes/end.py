"""An end: where a path of the flow is done."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("end")
class EndNode(NodeFields):
    """Ends its path and does nothing itself; other paths go on. A node that no edge leaves ends its path as well."""

    type: Literal["end"] = "end"
