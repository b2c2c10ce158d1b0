"""Where a scope's flow begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from dag_factory.model.process import FlowNode, Scope
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.start import StartNode


def entry_nodes(scope: Scope) -> list[FlowNode]:
    """Return the nodes that begin ``scope``: its start nodes, else those that no edge enters.

    Without a start node, a node without any edge begins the scope only where it stands alone.
    """
    starts = [node for node in scope.nodes if is_start(node)]
    if starts:
        return starts
    entered = {flow.target for flow in scope.flows}
    left = {flow.source for flow in scope.flows}
    apart = entered | compensation_handlers(scope) | {node.id for node in event_sub_processes(scope)}
    free = [node for node in scope.nodes if node.id not in apart and not activity_of(node)]
    return free if len(scope.nodes) == 1 or scope.kind == "ad_hoc" else [node for node in free if node.id in left]


def is_start(node: FlowNode) -> bool:
    """Return whether ``node`` is a start event, plain or typed."""
    if isinstance(node.fields, EventNode):
        return node.fields.position is EventPosition.START
    return isinstance(node.fields, StartNode)


def activity_of(node: FlowNode) -> str:
    """Return the id of the activity that a boundary event stands on, empty for any other node."""
    return node.fields.attached_to if isinstance(node.fields, EventNode) else ""


def is_boundary(node: FlowNode) -> bool:
    """Return whether ``node`` is an event on the border of an activity."""
    return isinstance(node.fields, EventNode) and node.fields.position is EventPosition.BOUNDARY


def is_compensation(node: FlowNode) -> bool:
    """Return whether ``node`` is an event about compensation."""
    return isinstance(node.fields, EventNode) and node.fields.definition == "compensation"


def handlers_by_activity(scope: Scope) -> dict[str, FlowNode]:
    """Return the node that undoes each activity which a compensation event stands on."""
    nodes = {node.id: node for node in scope.nodes}
    return {
        node.fields.attached_to: nodes[node.fields.reference]
        for node in scope.nodes
        if isinstance(node.fields, EventNode) and is_boundary(node) and is_compensation(node)
        if node.fields.reference in nodes
    }


def compensation_handlers(scope: Scope) -> frozenset[str]:
    """Return the ids of the nodes that only compensation starts."""
    return frozenset(node.id for node in handlers_by_activity(scope).values())


def event_sub_processes(scope: Scope) -> list[FlowNode]:
    """Return the event sub-processes of ``scope``."""
    return [node for node in scope.nodes if node.scope is not None and node.scope.kind == "event"]


def successors(scope: Scope) -> dict[str, list[str]]:
    """Return the ids that a node leads to, by an edge or by an event on its border."""
    found: dict[str, list[str]] = defaultdict(list)
    for flow in scope.flows:
        found[flow.source].append(flow.target)
    for node in scope.nodes:
        if activity := activity_of(node):
            found[activity].append(node.id)
    return found


def reached(following: Mapping[str, Iterable[str]], starts: Iterable[str], stops: Collection[str] = ()) -> set[str]:
    """Return ``starts`` and all that they lead to, up to but without ``stops``.

    :param following: ``successors`` of the scope.
    """
    ahead, seen = list(starts), set[str]()
    while ahead:
        current = ahead.pop()
        if current not in seen and current not in stops:
            seen.add(current)
            ahead += following.get(current, [])
    return seen
