"""Link events: each throw leads to the catch of the same name, as if a flow were drawn."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode, Scope, SequenceFlow
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.unbound import UnboundNode


def connect_links(scope: Scope, reading: Reading) -> Scope:
    """Return ``scope`` with its link events as steps, and a flow from each throw to its catch.

    A throw whose target is missing or not clear fails when a run gets there; a catch without a throw begins nothing.
    """
    links = [node for node in scope.nodes if isinstance(node.fields, EventNode) and node.fields.definition == "link"]
    if not links:
        return scope
    catches: dict[str, list[FlowNode]] = {}
    for node in links:
        if _event(node).position is EventPosition.CATCH:
            catches.setdefault(_event(node).reference, []).append(node)
    flows = list(scope.flows)
    steps: dict[str, NodeFields] = {}
    for node in links:
        steps[node.id] = _step(node)
        if _event(node).position is EventPosition.CATCH:
            continue
        targets = catches.get(_event(node).reference, [])
        if len(targets) == 1:
            flows.append(SequenceFlow(id=f"{node.id}.link", source=node.id, target=targets[0].id, line=node.line))
        else:
            steps[node.id] = _unbound(node, len(targets), reading)
    thrown = {flow.target for flow in flows}
    reading.never_begin.update(node.id for found in catches.values() for node in found if node.id not in thrown)
    nodes = (replace(node, fields=steps[node.id]) if node.id in steps else node for node in scope.nodes)
    return replace(scope, nodes=tuple(nodes), flows=tuple(flows))


def _event(node: FlowNode) -> EventNode:
    assert isinstance(node.fields, EventNode)
    return node.fields


def _step(node: FlowNode) -> TaskNode:
    return TaskNode(id=node.id, name=node.fields.name, description=node.fields.description)


def _unbound(node: FlowNode, targets: int, reading: Reading) -> UnboundNode:
    problem = f"has {targets} catching link events of its name" if targets else "has no catching link event of its name"
    message = f"link event {node.name!r} ({_event(node).reference or 'without a name'}) {problem}"
    reading.findings.diagnostics.append(
        Diagnostic(
            code="DF250",
            severity=Severity.WARNING,
            message=f"{message}; a run that gets there fails",
            remedy="give it exactly one catching link event of the same name in the same process or sub-process",
            element=node.element or node.id,
            line=node.line,
        )
    )
    return UnboundNode(id=node.id, name=node.fields.name, description=node.fields.description, reason=message)
