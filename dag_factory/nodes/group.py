"""A group of nodes with edges of its own: BPMN's embedded sub-process."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dag_factory.nodes.base import NodeFields, node_type


@node_type("group")
class GroupNode(NodeFields):
    """Holds a part of the flow that the graph shows as one box; done when every path inside it is."""

    type: Literal["group"] = "group"
    kind: Literal["embedded", "event", "transaction", "ad_hoc"] = Field(
        "embedded", description="`event` is started by its start event beside everything else, as BPMN says; so on."
    )
    nodes: list[Any] = Field(default_factory=list, description="The nodes inside.")
    edges: list[Any] = Field(default_factory=list, description="The edges between them.")
