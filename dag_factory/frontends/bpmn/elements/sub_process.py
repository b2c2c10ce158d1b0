"""``subProcess``, ``transaction`` and ``adHocSubProcess``: a part of the process in a box."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task
from dag_factory.frontends.bpmn.namespaces import bpmn_child, one_line, text_of
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.scope import read_scope
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.group import GroupNode

_KINDS = {"transaction": "transaction", "adHocSubProcess": "ad_hoc"}


@ELEMENTS.register("subProcess")
def read_sub_process(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a group with its scope; an empty box is a step without work."""
    assign_after(node, reading)
    if not node.children:
        reading.findings.warning(
            "DF418", node.element, "is empty and does nothing", "draw what it does, or make it a call activity"
        )
        return make_task(node, reading)
    kind = "event" if node.is_event_sub_process else _KINDS.get(node.kind, "embedded")
    if kind == "ad_hoc":
        _report_ad_hoc(node, reading)
    scope = read_scope(node.children, reading, kind, node.id)
    if kind == "event" and not any(map(_is_trigger, scope.nodes)):
        reading.findings.warning(
            "DF158", node.element, "has no start event that says what starts it, and never runs", "give it one"
        )
        reading.never_begin.add(node.id)
    return make_node(node, reading, GroupNode(**identity(node)), scope=scope)


ELEMENTS.register("transaction")(read_sub_process)
ELEMENTS.register("adHocSubProcess")(read_sub_process)


def _is_trigger(node: FlowNode) -> bool:
    """Whether ``node`` is a start event that says what starts its sub-process."""
    return (
        isinstance(node.fields, EventNode)
        and node.fields.position is EventPosition.START
        and node.fields.definition != "none"
    )


def _report_ad_hoc(node: FlowElement, reading: Reading) -> None:
    condition = text_of(bpmn_child(node.element, "completionCondition"))
    if condition and condition != "autocomplete":
        reading.findings.warning(
            "DF419",
            node.element,
            f"is complete when {one_line(condition, 80)!r} is true, which is not read: it is complete when all is done",
        )
