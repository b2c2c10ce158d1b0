"""The cycles of a scope."""

from __future__ import annotations

from collections.abc import Sequence

from dag_factory.model.process import Scope
from dag_factory.model.starts import activity_of


def cycles(scope: Scope) -> list[frozenset[str]]:
    """Return the ids of the nodes of each cycle (strongly connected component) of ``scope``, in file order.

    A boundary event hangs on its activity: a way back through it is a cycle as well.
    """
    edges = [(flow.source, flow.target) for flow in scope.flows]
    ids = {node.id for node in scope.nodes}
    edges += [(activity, node.id) for node in scope.nodes if (activity := activity_of(node)) in ids]
    if not _has_cycle([node.id for node in scope.nodes], edges):
        return []
    import networkx as nx  # heavy, and most templates have no cycle

    graph: nx.DiGraph[str] = nx.DiGraph(edges)
    found = [frozenset(item) for item in nx.strongly_connected_components(graph)]
    places = {node.id: place for place, node in enumerate(scope.nodes)}
    loops = [item for item in found if len(item) > 1 or any(graph.has_edge(one, one) for one in item)]
    return sorted(loops, key=lambda item: min(places[one] for one in item))


def _has_cycle(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> bool:
    missing = dict.fromkeys(nodes, 0)
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        missing[target] += 1
        following[source].append(target)
    ready = [node for node in nodes if not missing[node]]
    done = 0
    while ready:
        done += 1
        for target in following[ready.pop()]:
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return done < len(missing)
