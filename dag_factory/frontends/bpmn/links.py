"""Link events: each throw leads to the catch of the same name, as if a flow were drawn."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.diagnostics import Diagnostic
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.task import TaskNode


def connect_links(scope: Scope, findings: Findings) -> Scope:
    """Return ``scope`` with its link events as steps, and a flow from each throw to its catch."""
    links = [node for node in scope.nodes if isinstance(node.fields, EventNode) and node.fields.definition == "link"]
    if not links:
        return scope
    catches: dict[str, FlowNode] = {}
    for node in links:
        if _event(node).position is EventPosition.CATCH:
            if _event(node).reference in catches:
                findings.diagnostics.append(_found(node, "is a second target of that name", "rename one of them"))
            catches.setdefault(_event(node).reference, node)
    flows = list(scope.flows)
    for node in links:
        if _event(node).position is not EventPosition.CATCH:
            target = catches.get(_event(node).reference)
            if target is None:
                findings.diagnostics.append(_found(node, "leads nowhere", "add a catching link event of the same name"))
            else:
                flows.append(SequenceFlow(id=f"{node.id}.link", source=node.id, target=target.id, line=node.line))
    steps = {node.id: replace(node, fields=_step(node)) for node in links}
    return replace(scope, nodes=tuple(steps.get(node.id, node) for node in scope.nodes), flows=tuple(flows))


def _event(node: FlowNode) -> EventNode:
    assert isinstance(node.fields, EventNode)
    return node.fields


def _step(node: FlowNode) -> TaskNode:
    return TaskNode(id=node.id, name=node.fields.name, description=node.fields.description)


def _found(node: FlowNode, problem: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        code="DF250",
        message=f"link event {node.name!r} ({_event(node).reference or 'without a name'}) {problem}",
        remedy=remedy,
        element=node.element or node.id,
        line=node.line,
    )
