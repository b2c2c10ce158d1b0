"""Where a scope's flow begins."""

from __future__ import annotations

from collections import defaultdict

from dag_factory.model.process import FlowNode, Scope
from dag_factory.nodes.start import StartNode


def entry_nodes(scope: Scope) -> list[FlowNode]:
    """Return the nodes that begin ``scope``: its start nodes, else those that no edge enters.

    Without a start node, a node without any edge begins the scope only where it stands alone.
    """
    starts = [node for node in scope.nodes if isinstance(node.fields, StartNode)]
    if starts:
        return starts
    entered = {flow.target for flow in scope.flows}
    left = {flow.source for flow in scope.flows}
    free = [node for node in scope.nodes if node.id not in entered]
    return free if len(scope.nodes) == 1 else [node for node in free if node.id in left]


def successors(scope: Scope) -> dict[str, list[str]]:
    """Return the ids that the edges of ``scope`` lead to, by the id that they leave."""
    found: dict[str, list[str]] = defaultdict(list)
    for flow in scope.flows:
        found[flow.source].append(flow.target)
    return found
