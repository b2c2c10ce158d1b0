"""The start events of a process: what starts its runs, and where they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.event_address import asset_uri
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow, Variable
from dag_factory.model.starts import is_start
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.event_start import EventStartNode
from dag_factory.nodes.start import StartNode
from dag_factory.nodes.task import TaskNode

CHOICE = "start_at"
"""Input of a run that says with which of several start events it begins."""


def lower_starts(process: Process) -> tuple[Process, tuple[Diagnostic, ...]]:
    """Return ``process`` with one plain start, and notes for the author.

    A message or signal start becomes an asset that starts runs. Where a process has several start events, each of
    them begins a run of its own in BPMN: here a decision at the start takes the one whose event started the run, else
    the one that the input ``start_at`` names.
    """
    if not process.join_is_explicit or process.is_part_of:
        return process, ()
    process = replace(process, scope=_without_starting_gateways(process.scope))
    starts = [node for node in process.scope.nodes if is_start(node)]
    uris = {node.id: _asset_of(node) for node in starts}
    schedule = replace(process.schedule, events=tuple(sorted({uri for uri in uris.values() if uri})))
    process = replace(process, schedule=schedule)
    if len(starts) == 1:
        return _with_plain_start(process, starts[0]), ()
    if not starts:
        return process, ()
    return _with_choice(process, starts, uris), (_note(process, starts),)


def _without_starting_gateways(scope: Scope) -> Scope:
    """Return ``scope`` with the events behind event-based gateways that begin it as start events of their own."""
    entered = {flow.target for flow in scope.flows}
    gateways = {node.id for node in scope.nodes if isinstance(node.fields, EventGatewayNode) and node.id not in entered}
    if not gateways:
        return scope
    behind = {flow.target for flow in scope.flows if flow.source in gateways}
    nodes = tuple(
        replace(node, fields=node.fields.model_copy(update={"position": EventPosition.START}))
        if node.id in behind and isinstance(node.fields, EventNode)
        else node
        for node in scope.nodes
        if node.id not in gateways
    )
    return replace(scope, nodes=nodes, flows=tuple(flow for flow in scope.flows if flow.source not in gateways))


def _asset_of(node: FlowNode) -> str:
    if isinstance(node.fields, EventNode) and node.fields.definition in ("message", "signal"):
        return asset_uri(node.fields.definition, node.fields.reference or node.name)
    return ""


def _with_plain_start(process: Process, start: FlowNode) -> Process:
    if isinstance(start.fields, StartNode):
        return process
    kind = EventStartNode if _asset_of(start) else StartNode
    plain = replace(start, fields=kind.model_construct(id=start.id, name=start.fields.name))
    nodes = tuple(plain if node.id == start.id else node for node in process.scope.nodes)
    return replace(process, scope=replace(process.scope, nodes=nodes))


def _with_choice(process: Process, starts: Sequence[FlowNode], uris: dict[str, str]) -> Process:
    labels = _labels(starts)
    begin, chooser = "run_start", "run_start_at"
    replaced = {
        node.id: replace(node, fields=TaskNode.model_construct(id=node.id, name=node.fields.name)) for node in starts
    }
    added = (
        FlowNode(id=begin, fields=_begin(begin, uris), line=process.line),
        FlowNode(id=chooser, fields=DecisionNode(id=chooser, name="Which start"), line=process.line),
    )
    flows = [SequenceFlow(id=f"{chooser}.in", source=begin, target=chooser)]
    for node in sorted(starts, key=lambda node: not uris[node.id]):
        condition = f'"{uris[node.id]}" in run.events' if uris[node.id] else f'{CHOICE} == "{labels[node.id]}"'
        if uris[node.id]:
            condition += f' or (count(run.events) == 0 and {CHOICE} == "{labels[node.id]}")'
        flows.append(
            SequenceFlow(
                id=f"{chooser}.{node.id}", source=chooser, target=node.id, name=labels[node.id], condition=condition
            )
        )
    choice = Variable(
        name=CHOICE,
        type="string",
        title="Start at",
        description="The start event with which a run begins that no event started.",
        default=labels[starts[0].id],
        choices=tuple(labels.values()),
    )
    nodes = (*added, *(replaced.get(node.id, node) for node in process.scope.nodes))
    scope = replace(process.scope, nodes=nodes, flows=(*flows, *process.scope.flows))
    return replace(process, scope=scope, variables=(*process.variables, choice))


def _begin(node_id: str, uris: dict[str, str]) -> StartNode | EventStartNode:
    kind = EventStartNode if any(uris.values()) else StartNode
    return kind(id=node_id, name="Start")


def _labels(starts: Sequence[FlowNode]) -> dict[str, str]:
    """Return a name for each start by which people can tell them apart, free of quotes."""
    names = [node.name.replace('"', "'").replace("\\", "/") for node in starts]
    return {
        node.id: name if names.count(name) == 1 else f"{name} ({node.id})"
        for node, name in zip(starts, names, strict=True)
    }


def _note(process: Process, starts: Sequence[FlowNode]) -> Diagnostic:
    return Diagnostic(
        code="DF212",
        severity=Severity.INFO,
        message=f"the process has {len(starts)} start events ({', '.join(node.name for node in starts)})",
        remedy=f"a run that no event started begins at the one that its input {CHOICE!r} names",
        element=process.element,
        line=process.line,
    )
