"""What of a scope a run can reach."""

from __future__ import annotations

from dag_factory.model.process import FlowNode, Scope
from dag_factory.model.starts import compensation_handlers, entry_nodes, event_sub_processes, successors


def unreachable_nodes(scope: Scope) -> list[FlowNode]:
    """Return the nodes of ``scope`` to which no path leads; none where nothing begins the scope.

    Event sub-processes and the handlers of compensation are reached by events.
    """
    following = successors(scope)
    ahead = [node.id for node in entry_nodes(scope)]
    if not ahead:
        return []
    reached = compensation_handlers(scope) | {node.id for node in event_sub_processes(scope)}
    seen: set[str] = set()
    while ahead:
        current = ahead.pop()
        if current not in seen:
            seen.add(current)
            ahead += following.get(current, [])
    return [node for node in scope.nodes if node.id not in seen | reached]
