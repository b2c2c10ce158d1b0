"""What belongs to the iterations of a loop beside the nodes on its cycle."""

from __future__ import annotations

from collections import defaultdict

from dag_factory.model.cycle import cycles
from dag_factory.model.process import FlowNode, Scope
from dag_factory.model.starts import activity_of, handlers_by_activity, successors
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.manual import ManualNode


def members_of_loop(scope: Scope, cycle: frozenset[str]) -> frozenset[str]:
    """Return the nodes of an iteration: those of the cycle, and what goes with them.

    That is what stands on the borders of their activities, what undoes them, and side paths: what a split that takes
    all of its ways starts inside the cycle and that only the cycle leads to. Such a path is not a way out of the loop,
    whose other token goes round; it runs as a part of the iteration. So does what begins with an event on the border of
    an activity of the cycle that does not interrupt it.
    """
    members = set(cycle)
    members |= {node.id for node in scope.nodes if activity_of(node) in cycle}
    members |= {handler.id for activity, handler in handlers_by_activity(scope).items() if activity in cycle}
    for target in _starts_of_side_paths(scope, cycle):
        members |= _private_path(scope, target, frozenset(members))
    return frozenset(members)


def nodes_in_loops(scope: Scope) -> frozenset[str]:
    """Return the nodes of ``scope`` itself that run in an iteration of a loop."""
    return frozenset[str]().union(*(members_of_loop(scope, cycle) for cycle in cycles(scope)))


def _starts_of_side_paths(scope: Scope, cycle: frozenset[str]) -> list[str]:
    """Return where a split that takes all of its ways, or an event that interrupts nothing, leaves the cycle."""
    nodes = {node.id: node for node in scope.nodes}
    leaving: dict[str, list[str]] = defaultdict(list)
    for flow in scope.flows:
        if flow.condition is None and not flow.is_default:
            leaving[flow.source].append(flow.target)
    beside = [node.id for node in scope.nodes if activity_of(node) in cycle and not _is_interrupting(node)]
    found = [target for source in beside for target in leaving[source] if target not in cycle]
    for source in sorted(cycle):
        if isinstance(nodes[source].fields, DecisionNode | EventGatewayNode | ManualNode):
            continue
        if any(target in cycle for target in leaving[source]):
            found += [target for target in leaving[source] if target not in cycle]
    return found


def _is_interrupting(node: FlowNode) -> bool:
    return isinstance(node.fields, EventNode) and node.fields.is_interrupting


def _private_path(scope: Scope, start: str, members: frozenset[str]) -> set[str]:
    """Return what ``start`` leads to, empty where something from outside leads there too."""
    following = successors(scope)
    path: set[str] = set()
    ahead = [start]
    while ahead:
        current = ahead.pop()
        if current not in path | members:
            path.add(current)
            ahead += following.get(current, [])
    is_private = all(flow.source in path | members for flow in scope.flows if flow.target in path)
    return path if is_private else set()
