"""The cycles of a scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dag_factory.model.process import Scope
from dag_factory.model.starts import activity_of


def cycles(scope: Scope) -> list[frozenset[str]]:
    """Return the ids of the nodes of each cycle (strongly connected component) of ``scope``, in file order.

    A boundary event hangs on its activity: a way back through it is a cycle as well.
    """
    following: dict[str, list[str]] = {node.id: [] for node in scope.nodes}
    for flow in scope.flows:
        following[flow.source].append(flow.target)
    for node in scope.nodes:
        if (activity := activity_of(node)) in following:
            following[activity].append(node.id)
    places = {node.id: place for place, node in enumerate(scope.nodes)}
    loops = [item for item in _components(following) if len(item) > 1 or any(one in following[one] for one in item)]
    return sorted(loops, key=lambda item: min(places[one] for one in item))


def _components(following: Mapping[str, Sequence[str]]) -> Iterator[frozenset[str]]:
    """Yield the strongly connected components (Tarjan's algorithm, without recursion)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: dict[str, None] = {}
    for root in following:
        path = [] if root in order else [(root, iter(following[root]))]
        if path:
            order[root] = lowest[root] = len(order)
            open_nodes[root] = None
        while path:
            node, ahead = path[-1]
            target = next((item for item in ahead if item not in order or item in open_nodes), None)
            if target is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    yield _close(node, open_nodes)
            elif target in order:
                lowest[node] = min(lowest[node], order[target])
            else:
                order[target] = lowest[target] = len(order)
                open_nodes[target] = None
                path.append((target, iter(following[target])))


def _close(root: str, open_nodes: dict[str, None]) -> frozenset[str]:
    """Return the component that ``root`` began, and take its nodes from ``open_nodes``."""
    members = []
    while True:
        member, _ = open_nodes.popitem()
        members.append(member)
        if member == root:
            return frozenset(members)
