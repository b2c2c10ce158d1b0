"""Events with several definitions become several events, where a wait cannot have them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_race import AWAITABLE

_LAST = ("escalation", "compensation", "cancel", "error", "terminate")


def split_multiple_events(process: Process) -> Process:
    """Return ``process`` without ``multiple`` events that are no waits.

    What is thrown is thrown one after another, what ends a scope last. Each definition of a start of runs is a start,
    and each one of a boundary event a boundary event, all with the same flows. Waits stay, also the one of an event
    sub-process: a race has any number of events.
    """
    return replace(process, scope=_split(process.scope))


def _split(scope: Scope) -> Scope:
    nodes: list[FlowNode] = []
    flows = list(scope.flows)
    for node in scope.nodes:
        node = replace(node, scope=_split(node.scope)) if node.scope else node
        if not isinstance(node.fields, EventNode) or not _is_split(node.fields, scope):
            nodes.append(node)
        elif node.fields.position in (EventPosition.THROW, EventPosition.END):
            chain = _chain(node, node.fields)
            nodes += chain
            flows = [replace(flow, source=chain[-1].id) if flow.source == node.id else flow for flow in flows]
            flows += [_flow(one.id, two.id, node) for one, two in pairwise(chain)]
        else:
            found = _numbered(node, _useful_parts(node.fields))
            nodes += found
            leaving = [flow for flow in flows if flow.source == node.id]
            flows += [replace(flow, id=f"{flow.id}.{one.id}", source=one.id) for one in found[1:] for flow in leaving]
    return replace(scope, nodes=tuple(nodes), flows=tuple(flows))


def _is_split(fields: EventNode, scope: Scope) -> bool:
    if fields.definition != "multiple":
        return False
    starts_scope = fields.position is EventPosition.START and scope.kind == "event"
    waits = starts_scope or fields.position in (EventPosition.CATCH, EventPosition.BOUNDARY)
    return bool(fields.parts) and not (waits and all(part.definition in AWAITABLE for part in fields.parts))


def _useful_parts(fields: EventNode) -> list[EventNode]:
    """Return the definitions that can be caught, each once; of a start those by which others start it."""
    if fields.position is EventPosition.START:
        return [part for part in fields.parts if part.definition in ("message", "signal")] or fields.parts[:1]
    return list(fields.parts)


def _chain(node: FlowNode, fields: EventNode) -> list[FlowNode]:
    parts = sorted(fields.parts, key=lambda part: _LAST.index(part.definition) + 1 if part.definition in _LAST else 0)
    thrown = [part.model_copy(update={"position": EventPosition.THROW}) for part in parts[:-1]]
    return _numbered(node, [*thrown, parts[-1]])


def _numbered(node: FlowNode, parts: Sequence[EventNode]) -> list[FlowNode]:
    found = []
    for number, part in enumerate(parts, start=1):
        part_id = node.id if number == 1 else f"{node.id}_{number}"
        fields = part.model_copy(update={"id": part_id})
        found.append(replace(node, id=part_id, element=node.element or node.id, fields=fields))
    return found


def _flow(source: str, target: str, node: FlowNode) -> SequenceFlow:
    return SequenceFlow(id=f"{source}.{target}", source=source, target=target, line=node.line)
