"""Variables that an event or a sub-process sets when it is done: a step behind it sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.nodes.assign import AssignNode


def set_after(scope: Scope, assignments: Mapping[str, AssignNode]) -> Scope:
    """Return ``scope`` with an assigning step behind each of its nodes that ``assignments`` names.

    :param assignments: the step by the id of the node. It takes over the flows that leave the node.
    """
    nodes: list[FlowNode] = []
    added: list[SequenceFlow] = []
    for node in scope.nodes:
        nodes.append(node)
        step = assignments.get(node.id)
        if step is not None:
            nodes.append(
                FlowNode(id=step.id, element=node.element or node.id, fields=step, lane=node.lane, line=node.line)
            )
            added.append(SequenceFlow(id=f"{node.id}.sets", source=node.id, target=step.id, line=node.line))
    if not added:
        return scope
    moved = (
        replace(flow, source=assignments[flow.source].id) if flow.source in assignments else flow
        for flow in scope.flows
    )
    return replace(scope, nodes=tuple(nodes), flows=(*moved, *added))
