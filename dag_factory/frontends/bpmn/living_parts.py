"""The parts of a scope that a token can reach: the rest never runs in BPMN either, and is left out with a warning."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.model.starts import (
    activity_of,
    compensation_handlers,
    event_sub_processes,
    handlers_by_activity,
    is_start,
    successors,
)
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.start import StartNode


def keep_living_parts(scope: Scope, never_begin: Collection[str], start_id: str, findings: Findings) -> Scope:
    """Return ``scope`` without what no path from its beginning leads to, and with a beginning in any case.

    :param never_begin: nodes that do not begin the scope although no flow enters them.
    :param start_id: id for a start where the scope has no beginning of its own.
    """
    scope = _begun(scope, never_begin, start_id, findings)
    begun = [*_beginnings(scope, never_begin), *event_sub_processes(scope)]
    alive = _reached(scope, [node.id for node in begun if node.id not in never_begin])
    for node in scope.nodes:
        if node.id not in alive:
            findings.diagnostics.append(
                _found("DF156", node, "is never reached: nothing that begins leads to it; it is left out")
            )
    return replace(
        scope,
        nodes=tuple(node for node in scope.nodes if node.id in alive),
        flows=tuple(flow for flow in scope.flows if flow.source in alive and flow.target in alive),
    )


def _begun(scope: Scope, never_begin: Collection[str], start_id: str, findings: Findings) -> Scope:
    """Return ``scope``, with a start before its first node where flows enter every one of them."""
    if _beginnings(scope, never_begin) or not scope.nodes:
        return scope
    entered = {flow.target for flow in scope.flows}
    first = next((node for node in scope.nodes if node.id in entered), None)
    start = FlowNode(id=start_id, fields=StartNode(id=start_id, name="Start"), line=scope.nodes[0].line)
    if first is None:
        return replace(scope, nodes=(start, *scope.nodes))
    problem = "begins its process or sub-process, since it comes first in the file and flows enter every element"
    findings.diagnostics.append(_found("DF157", first, problem))
    flow = SequenceFlow(id=f"{start_id}.{first.id}", source=start_id, target=first.id, line=first.line)
    return replace(scope, nodes=(start, *scope.nodes), flows=(flow, *scope.flows))


def _beginnings(scope: Scope, never_begin: Collection[str]) -> list[FlowNode]:
    """Return the start events of ``scope``; where it has none, and in an ad-hoc one, what no flow enters as well."""
    entered = {flow.target for flow in scope.flows}
    apart = entered | compensation_handlers(scope) | {node.id for node in event_sub_processes(scope)}
    free = [
        node for node in scope.nodes if node.id not in apart and node.id not in never_begin and not activity_of(node)
    ]
    starts = [node for node in scope.nodes if is_start(node) or (_is_instantiating(node) and node in free)]
    return free if scope.kind == "ad_hoc" or not starts else starts


def _reached(scope: Scope, ahead: list[str]) -> frozenset[str]:
    following = successors(scope)
    for activity, handler in handlers_by_activity(scope).items():
        following[activity].append(handler.id)
    reached: set[str] = set()
    while ahead:
        current = ahead.pop()
        if current not in reached:
            reached.add(current)
            ahead += following.get(current, ())
    return frozenset(reached)


def _is_instantiating(node: FlowNode) -> bool:
    return isinstance(node.fields, EventGatewayNode) and node.fields.is_instantiating


def _found(code: str, node: FlowNode, problem: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        message=f"{node.name!r} {problem}",
        remedy="draw a flow to it, or remove it" if code == "DF156" else "draw a start event",
        element=node.element or node.id,
        line=node.line,
    )
