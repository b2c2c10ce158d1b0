"""A second copy of a flow node, with ids of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.nodes.event import EventNode


def renamed(node: FlowNode, suffix: str) -> FlowNode:
    """Return ``node`` and all that is inside it with ``suffix`` at the end of every id."""
    changes: dict[str, Any] = {"id": f"{node.id}{suffix}"}
    if isinstance(node.fields, EventNode) and node.fields.attached_to:
        changes["attached_to"] = f"{node.fields.attached_to}{suffix}"
    return replace(
        node,
        id=f"{node.id}{suffix}",
        element=node.element or node.id,
        fields=node.fields.model_copy(update=changes),
        scope=_renamed_scope(node.scope, suffix) if node.scope else None,
    )


def _renamed_scope(scope: Scope, suffix: str) -> Scope:
    return replace(
        scope,
        nodes=tuple(renamed(node, suffix) for node in scope.nodes),
        flows=tuple(_renamed_flow(flow, suffix) for flow in scope.flows),
    )


def _renamed_flow(flow: SequenceFlow, suffix: str) -> SequenceFlow:
    return replace(flow, id=f"{flow.id}{suffix}", source=f"{flow.source}{suffix}", target=f"{flow.target}{suffix}")
