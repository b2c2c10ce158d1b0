"""Flow elements to flow nodes: what all of them share."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from pydantic import ValidationError

from dag_factory.frontends.bpmn.agent import with_agent
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.collected_results import collect_results
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.findings import Findings, describe
from dag_factory.frontends.bpmn.flow_index import LOST, SUB_PROCESSES, FlowElement
from dag_factory.frontends.bpmn.known_names import KNOWN_ATTRIBUTES, KNOWN_ELEMENTS
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, bpmn_name, line_of, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.repetition import read_repetition
from dag_factory.model.process import FlowNode, Scope
from dag_factory.nodes.agent import AgentActivity
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.unbound import UnboundNode

_WITH_EXTENSIONS = ("EventDefinition", "LoopCharacteristics")
"""How the names of the parts of a flow node end that may have extensions of their own."""


class Identity(TypedDict):
    """The fields that every node type has."""

    id: str
    name: str
    description: str


def identity(node: FlowElement) -> Identity:
    """Return id, name and documentation of a flow element."""
    documentation = "\n\n".join(filter(None, map(text_of, bpmn_children(node.element, "documentation"))))
    return Identity(id=node.id, name=one_line(node.element.get("name")), description=documentation)


def make_node(
    node: FlowElement, reading: Reading, fields: NodeFields, *, scope: Scope | None = None, join: str = ""
) -> FlowNode:
    """Return the flow node of a flow element.

    :param fields: what it does.
    :param join: what it waits for where several flows enter.
    :raises CannotRunError: what says how often it runs cannot be read.
    """
    if isinstance(fields, AgentActivity):
        fields = with_agent(node, reading, fields)
    made = replace(_node(node, fields), scope=scope, repetition=read_repetition(node, reading), join=join)
    collect_results(node, made, reading)
    return made


def _node(node: FlowElement, fields: NodeFields) -> FlowNode:
    return FlowNode(
        id=node.id,
        fields=fields,
        element=node.file_id if node.file_id != node.id else "",
        lane=node.lane,
        line=line_of(node.element),
    )


def make_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a flow node that only passes the token on."""
    return make_node(node, reading, TaskNode(**identity(node)))


def make_unbound(node: FlowElement, reading: Reading, reason: str) -> FlowNode:
    """Return a flow node that fails when a run gets there, with a warning that says so."""
    reading.findings.warning(
        "DF410",
        node.element,
        f"{reason}, which cannot run here; a run that gets there fails",
        "declare a handler for it, or replace it by a script, HTTP or user task",
    )
    return make_node(node, reading, UnboundNode(**identity(node), reason=f"{describe(node.element)} {reason}"))


def read_node(node: FlowElement, reading: Reading) -> FlowNode:
    """Return the flow node of any flow element, and report what of it is not read."""
    if node.kind == LOST:
        reason = f"{describe(node.element)} leads to no flow node beside its source"
        return _node(node, UnboundNode(id=node.id, name=reason, reason=reason))
    _report_unknown(node, reading)
    try:
        found = ELEMENTS[node.kind](node, reading)
        _send_after(node, found, reading)
        return found
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = CannotRunError("DF411", f"cannot be represented: {place}: {first['msg']}", "correct it")
        return _failing(node, reading, problem)
    except CannotRunError as error:
        return _failing(node, reading, error)


def _failing(node: FlowElement, reading: Reading, error: CannotRunError) -> FlowNode:
    """Return a flow node that fails when a run gets there; a boundary event, where none gets, never happens."""
    is_boundary = node.kind == "boundaryEvent"
    effect = "it never happens" if is_boundary else "a run that gets there fails"
    reading.findings.warning(error.code, node.element, f"{error.problem}; {effect}", error.remedy)
    if is_boundary:
        reading.never_begin.add(node.id)
    return _node(node, UnboundNode(**identity(node), reason=f"{describe(node.element)} {error.problem}"))


def report_unknown_attributes(element: Element, findings: Findings) -> None:
    """Add a warning for each attribute without a namespace that BPMN does not know."""
    for attribute in element.attrib:
        name = str(attribute)
        if name[0] != "{" and ":" not in name and name not in KNOWN_ATTRIBUTES:
            findings.warning("DF191", element, f"has an attribute {name!r} that BPMN does not know; it is ignored")


def _send_after(node: FlowElement, found: FlowNode, reading: Reading) -> None:
    """Let a step behind an activity send the message that a message flow says it sends."""
    is_event = isinstance(found.fields, EventNode)
    if node.file_id not in reading.message_flows.senders or is_event or not node.file_id:
        return
    reading.sends[node.id] = EventNode(
        id=reading.index.ids.allocate(f"{node.id}_sends"),
        name=f"{found.name}: sends",
        position=EventPosition.THROW,
        definition="message",
        reference=reading.message_flows.names[node.file_id],
    )


def _report_unknown(node: FlowElement, reading: Reading) -> None:
    element, findings = node.element, reading.findings
    reading.report_rest(element)
    for child in element:
        if bpmn_name(child).endswith(_WITH_EXTENSIONS):
            for part in (child, *child):
                reading.report_rest(part)
    report_unknown_attributes(element, findings)
    for attribute in ("startQuantity", "completionQuantity"):
        if element.get(attribute, "1") != "1":
            findings.warning("DF192", element, f"has {attribute}={element.get(attribute)!r}, which is taken as 1")
    if node.kind in SUB_PROCESSES:
        return
    for child in element:
        name = bpmn_name(child)
        if name and name not in KNOWN_ELEMENTS:
            findings.warning("DF190", child, f"inside the {node.kind} {node.file_id!r} is unknown and is ignored")
