"""``boundaryEvent``: an event on the border of an activity."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.event import make_event, read_event
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import make_task
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventPosition


@ELEMENTS.register("boundaryEvent")
def read_boundary_event(node: FlowElement, reading: Reading) -> FlowNode:
    """Return the event; one that compensates refers to the activity that undoes the work."""
    wanted = node.element.get("attachedToRef") or ""
    activity = reading.index.find(wanted)
    if activity is None or activity.parent is not node.parent:
        where = f"to {wanted!r}, which is no activity beside it" if wanted else "to nothing"
        reading.findings.warning(
            "DF154", node.element, f"is attached {where}, so it never happens", "attach it to an activity"
        )
        reading.never_begin.add(node.id)
        return make_task(node, reading)
    facts = read_event(node, reading)
    if facts.definition == "compensation":
        handler = compensation_handler(node, reading)
        if handler is None:
            problem = "has no activity of its own that undoes the work"
            raise CannotRunError("DF163", problem, "draw an association to one that no flow enters")
        facts = replace(facts, reference=handler.id)
    interrupts = facts.definition == "error" or node.element.get("cancelActivity") not in ("false", "0")
    return make_event(node, reading, EventPosition.BOUNDARY, facts, attached_to=activity.id, is_interrupting=interrupts)


def compensation_handler(node: FlowElement, reading: Reading) -> FlowElement | None:
    """Return the activity to which an association leads from a compensation boundary event, else a flow's target.

    None that other flows enter is one, nor the activity that the event stands on.
    """
    activity = reading.index.find(node.element.get("attachedToRef"))
    associated = [reading.index.find(other) for other in reading.associated(node.file_id)]
    for found in (*associated, *(line.target for line in node.outgoing)):
        if found is not None and found is not activity and found.parent is node.parent:
            is_in_the_flow = any(line.source is not node for line in found.incoming)
            return None if is_in_the_flow else found
    return None
