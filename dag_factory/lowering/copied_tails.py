"""What follows a merge that gets several tokens is copied, so that each of them runs a part of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, replace
from itertools import combinations

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.lowering.renamed import renamed
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph, Step
from dag_factory.model.process import FlowNode, Process, Scope
from dag_factory.model.starts import reached, successors
from dag_factory.nodes.agent import AgentActivity
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.loop import LoopNode
from dag_factory.nodes.terminate import TerminateNode

MAX_COPIED_NODES = 200
"""Most nodes that a process may get this way; a chain of such merges doubles them each time."""

_NOT_COPIED = (LoopNode, TerminateNode)
"""Types that mean more than their own token: runs of their own, and ends of everything beside them."""
_THROWN = ("none", "message", "signal")
_AWAITED = ("timer", "message", "signal", "conditional")
_ON_BORDERS = (*_AWAITED, "error")


@dataclass(frozen=True, slots=True)
class CopiedTail:
    """A process in which what follows one merge stands several times.

    :param size: how many nodes were added.
    """

    process: Process
    size: int
    note: Diagnostic


def copy_tail(process: Process, graph: FlatGraph, patterns: Mapping[str, set[Pattern]], room: int) -> CopiedTail | None:
    """Return ``process`` with the tail of its first crowded merge copied; ``None`` where none can be.

    A tail can be copied where nothing in it is shared among tokens. It ends before a merge that other paths enter as
    well: all copies lead there, and what follows is copied in its turn. Flows that never carry a token together lead
    into one copy.

    :param graph: ``flatten(process)``.
    :param patterns: ``explore(graph)``.
    :param room: how many nodes may be added.
    """
    if process.is_part_of:
        return None  # one token leaves an iteration
    merges = {step.node.id for step in graph.steps.values() if step.join == "merge"}
    for step_id in graph.order:
        step = graph.steps[step_id]
        crowded = [seen for seen in patterns.get(step_id, ()) if len(seen) > 1]
        if step.join != "merge" or step.is_end or not crowded:
            continue
        ways = _ways(graph, step, crowded)
        scope, size = _copied(process.scope, step.node, ways, room, merges)
        if size:
            return CopiedTail(replace(process, scope=scope), size, _note(step, max(ways.values()) + 1))
    return None


def _ways(graph: FlatGraph, step: Step, crowded: list[Pattern]) -> dict[str, int]:
    """Return for each sequence flow into ``step`` the number of the copy that it leads to; empty where one is none."""
    apart = {pair for seen in crowded for one, two in combinations(seen, 2) for pair in ((one, two), (two, one))}
    numbers: dict[int, int] = {}
    for index in graph.incoming[step.id]:
        taken = {number for other, number in numbers.items() if (index, other) in apart}
        numbers[index] = next(number for number in range(len(numbers) + 1) if number not in taken)
    flows = {index: graph.flows[index].flow for index in numbers}
    ways = {flow.id: numbers[index] for index, flow in flows.items() if flow is not None}
    return ways if len(ways) == len(numbers) else {}


def _copied(scope: Scope, merge: FlowNode, ways: dict[str, int], room: int, merges: Set[str]) -> tuple[Scope, int]:
    """Return ``scope`` with the tail of ``merge`` copied, wherever in it that stands, and how many nodes that adds.

    :param merges: ids of the nodes that run for each token that enters them.
    """
    if merge.id in {node.id for node in scope.nodes}:
        return _copied_here(scope, merge, ways, room, merges)
    for place, node in enumerate(scope.nodes):
        if node.scope:
            inner, size = _copied(node.scope, merge, ways, room, merges)
            if size:
                nodes = (*scope.nodes[:place], replace(node, scope=inner), *scope.nodes[place + 1 :])
                return replace(scope, nodes=nodes), size
    return scope, 0


def _copied_here(scope: Scope, merge: FlowNode, ways: dict[str, int], room: int, merges: Set[str]) -> tuple[Scope, int]:
    tail = _tail(scope, merge.id, merges)
    nodes = [node for node in scope.nodes if node.id in tail]
    inside = [one for node in nodes for one in (node, *(node.scope.walk() if node.scope else ()))]
    copies = max(ways.values(), default=0)
    size = copies * len(inside)
    if not size or size > room or not all(map(_can_be_copied, inside)) or _names_people_in(inside):
        return scope, 0
    taken = {node.id for node in scope.walk()}
    added: list[FlowNode] = []
    flows = list(scope.flows)
    for number in range(1, copies + 1):
        suffix = f"__{number + 1}"
        while any(f"{node.id}{suffix}" in taken for node in inside):
            suffix += "_"
        added += [_named_as(renamed(node, suffix), node) for node in nodes]
        flows = [
            replace(flow, target=f"{flow.target}{suffix}", original_target=flow.original_target or flow.target)
            if flow.target == merge.id and ways.get(flow.id) == number
            else flow
            for flow in flows
        ]
        flows += [
            replace(
                flow,
                id=f"{flow.id}{suffix}",
                source=f"{flow.source}{suffix}",
                target=f"{flow.target}{suffix}" if flow.target in tail else flow.target,
                original_target=flow.original_target or flow.target,
            )
            for flow in scope.flows
            if flow.source in tail
        ]
    return replace(scope, nodes=(*scope.nodes, *added), flows=tuple(flows)), size


def _tail(scope: Scope, merge: str, merges: Set[str]) -> set[str]:
    """Return what ``merge`` leads to, up to where other paths meet it; empty where they do so at no merge."""
    following = successors(scope)
    shared: set[str] = set()
    while True:
        tail = reached(following, [merge], shared)
        entered = {f.target for f in scope.flows if f.source not in tail and f.target in tail - {merge}}
        if not entered:
            return tail
        if not entered <= merges:
            return set()
        shared |= entered


def _can_be_copied(node: FlowNode) -> bool:
    if isinstance(node.fields, EventNode):
        match node.fields.position:
            case EventPosition.THROW | EventPosition.END:
                return node.fields.definition in _THROWN
            case EventPosition.CATCH:
                return node.fields.definition in _AWAITED
            case EventPosition.BOUNDARY:
                return node.fields.definition in _ON_BORDERS
            case _:
                return False
    return not isinstance(node.fields, _NOT_COPIED) and (node.scope is None or node.scope.kind == "embedded")


def _names_people_in(nodes: Collection[FlowNode]) -> bool:
    """Return whether one of ``nodes`` leaves out whoever did another one: a copy would have to name the copy of it."""
    ids = {node.id for node in nodes}
    agents = (node.fields.agent for node in nodes if isinstance(node.fields, AgentActivity))
    return any(agent and not ids.isdisjoint(agent.excluded_nodes()) for agent in agents)


def _named_as(copy: FlowNode, node: FlowNode) -> FlowNode:
    return replace(copy, fields=copy.fields.model_copy(update={"name": node.name}))


def _note(step: Step, times: int) -> Diagnostic:
    return Diagnostic(
        code="DF207",
        severity=Severity.INFO,
        message=f"{step.name!r} may get {times} tokens at a time, so it and what follows stand there {times} times",
        remedy="put a parallel gateway before it if it is to run once",
        element=step.node.element or step.node.id,
        line=step.node.line,
        pointer=step.node.pointer,
    )
