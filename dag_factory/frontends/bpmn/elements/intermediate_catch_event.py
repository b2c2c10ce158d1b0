"""``intermediateCatchEvent``: waits for a time, a message, a signal, a condition; or is one side of a link."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.event import EventFacts, make_event, read_event
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.reference import unnamed_message
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventPosition
from dag_factory.nodes.wait import WaitNode


@ELEMENTS.register("intermediateCatchEvent")
def read_intermediate_catch_event(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a wait for a time where the event stands alone, else the event."""
    facts = read_event(node, reading)
    if facts.definition == "none" and node.is_behind_event_gateway:
        facts = EventFacts(definition="message", reference=unnamed_message(node, reading))
    if facts.definition == "none":
        assign_after(node, reading)
        reading.findings.warning(
            "DF456", node.element, "does not say what it waits for, and goes on at once", "give it an event definition"
        )
        return make_task(node, reading)
    if _is_plain_wait(node, facts):
        assign_after(node, reading)
        time = {"until": facts.timer.text} if facts.timer.kind == "date" else {"duration": facts.timer.text}
        return make_node(node, reading, WaitNode(**identity(node), **time))
    return make_event(node, reading, EventPosition.CATCH, facts)


def _is_plain_wait(node: FlowElement, facts: EventFacts) -> bool:
    """Whether it is a timer that does not race with other events."""
    timer = facts.timer
    if facts.definition != "timer" or timer.problem or timer.kind not in ("date", "duration"):
        return False
    return not node.is_behind_event_gateway and (timer.is_computed or timer.is_plain)
