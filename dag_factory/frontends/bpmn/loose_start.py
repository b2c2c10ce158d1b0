"""Flow nodes that no flow enters: they begin with the process."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.frontends.bpmn.elements.boundary_event import compensation_handler
from dag_factory.frontends.bpmn.event import event_definitions
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.reading import Reading


def report_loose_starts(reading: Reading) -> None:
    """Add an info for each flow node that begins with its process although it is no start event."""
    for node in loose_starts(reading):
        reading.findings.info(
            "DF155",
            node.element,
            "begins with the process, since no flow enters it",
            "draw a flow to it, or a start event",
        )


def loose_starts(reading: Reading) -> Iterator[FlowElement]:
    """Yield the flow nodes that no flow enters, that nothing else starts, and beside which no start event stands."""
    nodes = list(reading.index.walk())
    begun = {node.parent for node in nodes if node.kind == "startEvent"}
    handlers = {handler.id for node in nodes if (handler := _compensation_handler_of(node, reading))}
    for node in nodes:
        if node.incoming or node.parent in begun or node.kind == "boundaryEvent" or node.is_event_sub_process:
            continue
        is_compensation = node.is_for_compensation or node.id in handlers
        in_ad_hoc = node.parent is not None and node.parent.kind == "adHocSubProcess"
        if not (is_compensation or in_ad_hoc or _has_definition(node, "link", reading)):
            yield node


def _compensation_handler_of(node: FlowElement, reading: Reading) -> FlowElement | None:
    if node.kind == "boundaryEvent" and _has_definition(node, "compensation", reading):
        return compensation_handler(node, reading)
    return None


def _has_definition(node: FlowElement, kind: str, reading: Reading) -> bool:
    return any(found == kind for found, _ in event_definitions(node.element, reading, is_reported=True))
