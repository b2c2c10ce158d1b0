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
    """Yield the flow nodes that no flow enters and that nothing else starts."""
    handlers = set()
    for node in reading.index.walk():
        if node.kind == "boundaryEvent" and any(
            kind == "compensation" for kind, _ in event_definitions(node.element, reading)
        ):
            handler = compensation_handler(node, reading)
            handlers.add(handler.id if handler else "")
    for node in reading.index.walk():
        if node.incoming or node.kind in ("startEvent", "boundaryEvent") or node.is_event_sub_process:
            continue
        is_compensation = node.element.get("isForCompensation") in ("true", "1") or node.id in handlers
        is_link = any(kind == "link" for kind, _ in event_definitions(node.element, reading))
        in_ad_hoc = node.parent is not None and node.parent.kind == "adHocSubProcess"
        if not (is_compensation or is_link or in_ad_hoc or _has_start(node, reading)):
            yield node


def _has_start(node: FlowElement, reading: Reading) -> bool:
    """Whether a start event begins the scope of ``node``: then nothing begins ``node``."""
    siblings = node.parent.children if node.parent else reading.index.roots
    return any(sibling.kind == "startEvent" for sibling in siblings)
