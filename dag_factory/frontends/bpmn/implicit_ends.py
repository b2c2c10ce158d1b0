"""Ends that the drawing leaves out: an activity that only the events on its border lead away from ends its path."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.frontends.bpmn.identifiers import IdAllocator
from dag_factory.model.cycle import cycles
from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.model.starts import activity_of
from dag_factory.nodes.end import EndNode


def draw_implicit_ends(scope: Scope, ids: IdAllocator) -> Scope:
    """Return ``scope`` with an end behind each activity that is left only by its boundary events, and those repeat it.

    Without it the loop of such an activity would have no way out.
    """
    left = {flow.source for flow in scope.flows}
    guarded = {activity_of(node) for node in scope.nodes} - {""} - left
    on_cycles = frozenset[str]().union(*cycles(scope)) if guarded else frozenset()
    nodes, flows = list(scope.nodes), list(scope.flows)
    for node in scope.nodes:
        if node.id in guarded and node.id in on_cycles:
            end = ids.allocate(f"{node.id}_end")
            nodes.append(FlowNode(id=end, fields=EndNode(id=end, name=f"{node.name}: end"), line=node.line))
            flows.append(SequenceFlow(id=f"{node.id}.end", source=node.id, target=end, line=node.line))
    return replace(scope, nodes=tuple(nodes), flows=tuple(flows))
