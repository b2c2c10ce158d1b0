"""An event sub-process with several start events becomes several: each event starts what it leads to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dag_factory.lowering.renamed import renamed
from dag_factory.model.process import FlowNode, Process, Scope
from dag_factory.model.starts import is_start, reached, successors
from dag_factory.nodes.event import EventNode


def split_several_starts(process: Process) -> Process:
    """Return ``process`` with one start event in each event sub-process.

    What several start events lead to stands in each of their sub-processes, as does what none leads to.
    """
    return replace(process, scope=_split(process.scope, {node.id for node in process.scope.walk()}))


def _split(scope: Scope, taken: Collection[str]) -> Scope:
    nodes: list[FlowNode] = []
    for node in scope.nodes:
        node = replace(node, scope=_split(node.scope, taken)) if node.scope else node
        nodes += _for_each_start(node, node.scope, taken) if node.scope and node.scope.kind == "event" else [node]
    return replace(scope, nodes=tuple(nodes))


def _for_each_start(handler: FlowNode, scope: Scope, taken: Collection[str]) -> list[FlowNode]:
    starts = [node.id for node in scope.nodes if is_start(node) and isinstance(node.fields, EventNode)]
    if len(starts) < 2:
        return [handler]
    following = successors(scope)
    parts = [reached(following, [start]) for start in starts]
    loose = {node.id for node in scope.nodes}.difference(*parts)
    seen: set[str] = set()
    found = []
    for number, part in enumerate(parts, start=1):
        suffix = f"__{number}"
        while any(f"{node_id}{suffix}" in taken for node_id in (handler.id, *(part | loose))):
            suffix += "_"
        inside = _part(scope, part | loose, seen, suffix)
        found.append(replace(handler if number == 1 else _named(handler, suffix), scope=inside))
        seen |= part | loose
    return found


def _named(handler: FlowNode, suffix: str) -> FlowNode:
    again = renamed(replace(handler, scope=None), suffix)
    return replace(again, fields=again.fields.model_copy(update={"name": handler.name}))


def _part(scope: Scope, members: Collection[str], seen: Collection[str], suffix: str) -> Scope:
    """Return what of ``scope`` is in ``members``; those that were ``seen`` before get new ids."""
    again = {name: f"{name}{suffix}" for name in members if name in seen}
    return replace(
        scope,
        nodes=tuple(renamed(node, suffix) if node.id in again else node for node in scope.nodes if node.id in members),
        flows=tuple(
            replace(
                flow,
                id=f"{flow.id}{suffix}" if {flow.source, flow.target} & again.keys() else flow.id,
                source=again.get(flow.source, flow.source),
                target=again.get(flow.target, flow.target),
            )
            for flow in scope.flows
            if flow.source in members and flow.target in members
        ),
    )
