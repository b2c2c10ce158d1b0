"""``startEvent``: where a run, or an event sub-process, begins."""

from __future__ import annotations

from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.event import EventFacts, make_event, read_event
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventPosition
from dag_factory.nodes.start import StartNode


@ELEMENTS.register("startEvent")
def read_start_event(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a plain start, also for a timer, which becomes the schedule; else the event that starts a run."""
    findings = reading.findings
    facts = _facts(node, reading)
    if node.parent is not None and node.parent.is_event_sub_process and facts.definition != "none":
        interrupts = node.element.get("isInterrupting") not in ("false", "0")
        return make_event(node, reading, EventPosition.START, facts, is_interrupting=interrupts)
    if node.parent is None:
        reading.variables += reading.first(lambda vendor: vendor.start_form(node.element, findings)) or ()
        parts = facts.parts or (facts,)
        reading.timer_starts += [(node.element, part.timer) for part in parts if part.definition == "timer"]
        if facts.needs_all and facts.parts:
            findings.warning(
                "DF453", node.element, "starts an instance after all of its events; here each one does", "use one event"
            )
        if facts.definition not in ("none", "timer"):
            return _typed_start(node, reading, facts)
    elif facts.definition != "none":
        findings.warning(
            "DF161",
            node.element,
            f"is a {facts.definition} start of a sub-process, which starts when a flow enters it",
            "remove the event's definition, or make it an event sub-process",
        )
    assign_after(node, reading)
    return make_node(node, reading, StartNode(**identity(node)))


def _facts(node: FlowElement, reading: Reading) -> EventFacts:
    """Return what the event is about; nothing where it cannot start a run."""
    try:
        return read_event(node, reading)
    except CannotRunError as error:
        effect = "runs are started by hand" if node.parent is None else "it never happens"
        reading.findings.warning(error.code, node.element, f"{error.problem}; {effect}", error.remedy)
        return EventFacts()


def _typed_start(node: FlowElement, reading: Reading, facts: EventFacts) -> FlowNode:
    """Return the event that starts runs; one that cannot is a start of runs by hand."""
    try:
        return make_event(node, reading, EventPosition.START, facts)
    except CannotRunError as error:
        problem = f"{error.problem}; runs are started by hand"
        reading.findings.warning(error.code, node.element, problem, error.remedy)
        return make_node(node, reading, StartNode(**identity(node)))
