"""Variables that an event or a sub-process sets when it is done: a step behind it sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.nodes.base import NodeFields


def set_after(scope: Scope, steps: Mapping[str, NodeFields]) -> Scope:
    """Return ``scope`` with a step behind each of its nodes that ``steps`` names.

    :param steps: the step by the id of the node. It takes over the flows that leave the node.
    """
    nodes: list[FlowNode] = []
    added: list[SequenceFlow] = []
    for node in scope.nodes:
        nodes.append(node)
        step = steps.get(node.id)
        if step is not None:
            nodes.append(
                FlowNode(id=step.id, element=node.element or node.id, fields=step, lane=node.lane, line=node.line)
            )
            added.append(SequenceFlow(id=f"{node.id}.{step.type_name}", source=node.id, target=step.id, line=node.line))
    if not added:
        return scope
    moved = (replace(flow, source=steps[flow.source].id) if flow.source in steps else flow for flow in scope.flows)
    return replace(scope, nodes=tuple(nodes), flows=(*moved, *added))
