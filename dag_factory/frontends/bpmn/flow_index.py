"""The flow elements and sequence flows of one process as the file gives them, with ids and places sorted out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import IdAllocator
from dag_factory.frontends.bpmn.known_names import KNOWN_ELEMENTS
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, bpmn_name, line_of, text_of

MAX_NODES = 2000
"""Most flow nodes of one process: ten times the largest real one seen."""
MAX_FLOWS = 10_000
"""Most sequence flows of one process."""
MAX_SCOPE_DEPTH = 50
"""How deep sub-processes may be nested."""
LOST = "sequenceFlow"
"""Kind of the flow element at the end of a sequence flow that leads nowhere."""
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(slots=True, eq=False)
class FlowElement:
    """One flow node of the file.

    :param kind: local name of its element, as in ``userTask``.
    :param id: task-safe and unique in the process.
    :param parent: the sub-process that holds it; ``None`` at the top.
    :param lane: name of the innermost lane, its own or that of the sub-process around it.
    """

    element: Element
    kind: str
    id: str
    parent: FlowElement | None = None
    children: list[FlowElement] = field(default_factory=list)
    incoming: list[FlowLine] = field(default_factory=list)
    outgoing: list[FlowLine] = field(default_factory=list)
    lane: str = ""

    @property
    def file_id(self) -> str:
        """The id in the file, empty where the file gives none."""
        return self.element.get("id") or ""

    @property
    def is_for_compensation(self) -> bool:
        """Whether it only undoes what another activity did."""
        return self.element.get("isForCompensation") in ("true", "1")

    @property
    def is_event_sub_process(self) -> bool:
        """Whether an event starts it instead of a flow."""
        return self.kind in SUB_PROCESSES and self.element.get("triggeredByEvent") in ("true", "1")

    @property
    def is_behind_event_gateway(self) -> bool:
        """Whether it is one of the events that an event-based gateway waits for."""
        return any(line.source.kind == "eventBasedGateway" for line in self.incoming)


@dataclass(slots=True, eq=False)
class FlowLine:
    """One sequence flow of the file, both of whose ends are known."""

    element: Element
    id: str
    source: FlowElement
    target: FlowElement


@dataclass(slots=True)
class ProcessIndex:
    """Everything of one process that has a place in the flow.

    :param ids: the ids that are taken; further steps take theirs from it.
    :param by_file_id: the flow elements by their id in the file; several where an id is used twice.
    """

    ids: IdAllocator = field(default_factory=IdAllocator)
    roots: list[FlowElement] = field(default_factory=list)
    by_file_id: dict[str, list[FlowElement]] = field(default_factory=dict)
    is_too_large: bool = False

    def find(self, file_id: str | None) -> FlowElement | None:
        """Return the only flow element called ``file_id``, also behind a prefix; ``None`` for none or several."""
        found = self.find_all(file_id)
        return found[0] if len(found) == 1 else None

    def find_all(self, file_id: str | None) -> list[FlowElement]:
        """Return the flow elements called ``file_id``, also behind a prefix."""
        if not file_id:
            return []
        return self.by_file_id.get(file_id) or self.by_file_id.get(file_id.rpartition(":")[2]) or []

    def walk(self) -> Iterator[FlowElement]:
        """Yield every flow element, outer before inner."""
        waiting = list(reversed(self.roots))
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))


def index_process(process: Element, findings: Findings) -> ProcessIndex:
    """Return the flow elements of ``process``, connected by its sequence flows.

    A flow that comes from nowhere is left out; one that leads nowhere leads to a flow element of the kind ``LOST``.
    Each gives a warning.
    """
    return _Indexer(process, findings).run()


class _Indexer:
    def __init__(self, process: Element, findings: Findings) -> None:
        self.process = process
        self.findings = findings
        self.index = ProcessIndex()
        self.lines: list[tuple[Element, FlowElement | None]] = []
        self.naming: dict[str, dict[str, list[FlowElement]]] = {}
        self.count = 0

    def run(self) -> ProcessIndex:
        self.read_scope(self.process, None, 0)
        self.assign_lanes()
        line_ids = IdAllocator()
        if len(self.lines) > MAX_FLOWS:
            self.refuse(self.process, f"has more than {MAX_FLOWS} sequence flows")
            return self.index
        for element, holder in self.lines:
            self.connect(element, holder, line_ids)
        self.lead_past_starts()
        return self.index

    def read_scope(self, holder: Element, parent: FlowElement | None, depth: int) -> None:
        if depth > MAX_SCOPE_DEPTH:
            self.refuse(holder, f"is nested more than {MAX_SCOPE_DEPTH} sub-processes deep")
            return
        for child in holder:
            name = bpmn_name(child)
            if name == "sequenceFlow":
                self.lines.append((child, parent))
            elif name in ELEMENTS:
                self.add(child, name, parent, depth)
            elif name and name not in KNOWN_ELEMENTS:
                self.findings.warning(
                    "DF190",
                    child,
                    "is no element of a BPMN 2.0 process and is ignored",
                    "remove it, or correct its name",
                )

    def add(self, element: Element, kind: str, parent: FlowElement | None, depth: int) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.refuse(element, f"is one of more than {MAX_NODES} flow nodes")
            return
        file_id = element.get("id") or ""
        known = self.index.by_file_id.setdefault(file_id, []) if file_id else []
        if known:
            self.findings.warning(
                "DF150",
                element,
                f"has the id {file_id!r}, which another flow node has as well (line {line_of(known[0].element)})",
                "give each element an id of its own",
            )
        node = FlowElement(
            element=element, kind=kind, id=self.index.ids.allocate(file_id or f"{kind}_{self.count}"), parent=parent
        )
        known.append(node)
        (parent.children if parent else self.index.roots).append(node)
        if kind in SUB_PROCESSES:
            self.read_scope(element, node, depth + 1)

    def refuse(self, element: Element, problem: str) -> None:
        if not self.index.is_too_large:
            self.findings.error(
                "DF004", element, problem, "split the process, and connect the parts by call activities"
            )
        self.index.is_too_large = True

    def assign_lanes(self) -> None:
        lanes = dict(_lanes(self.process))
        for node in self.index.walk():
            node.lane = lanes.get(node.file_id, "") or (node.parent.lane if node.parent else "")

    def connect(self, element: Element, holder: FlowElement | None, line_ids: IdAllocator) -> None:
        source = self.end_of(element, "sourceRef", "outgoing", holder)
        target = self.end_of(element, "targetRef", "incoming", source.parent if source else holder)
        if source is None:
            what = self.problem_of(element, "sourceRef")
            self.warn_lost(element, f"{what}, so that no token takes it")
            return
        if source.kind == "endEvent":
            self.warn_misplaced(
                element, f"leaves the end event {source.file_id!r}, where every path ends; it is left out"
            )
            return
        if source.is_event_sub_process:
            what = f"leaves the event sub-process {source.file_id!r}, behind which nothing goes on; it is left out"
            self.warn_misplaced(element, what)
            return
        if target is None:
            target = self.lost(element, source, self.problem_of(element, "targetRef"), "DF151")
        elif target.is_event_sub_process:
            what = f"enters the event sub-process {target.file_id!r}, which only its event begins"
            target = self.lost(element, source, what, "DF162")
        elif target.kind == "boundaryEvent":
            what = f"enters the boundary event {target.file_id!r}, which only its activity begins"
            target = self.lost(element, source, what, "DF162")
        elif source.parent is not target.parent:
            what = f"leads from {source.file_id!r} to {target.file_id!r}, across the border of a sub-process"
            target = self.lost(element, source, what, "DF152")
        line_id = line_ids.allocate(element.get("id") or f"{source.id}-{target.id}")
        line = FlowLine(element=element, id=line_id, source=source, target=target)
        source.outgoing.append(line)
        target.incoming.append(line)

    def lead_past_starts(self) -> None:
        """Lead the flows that enter a start event to what it leads to: a token that arrives there goes on."""
        for start in [node for node in self.index.walk() if node.kind == "startEvent" and node.incoming]:
            behind = start.outgoing[0].target if len(start.outgoing) == 1 else None
            for line in start.incoming:
                what = f"enters the start event {start.file_id!r}"
                if behind is None or behind is start:
                    line.target = self.lost(line.element, line.source, what, "DF162")
                else:
                    line.target = behind
                    self.warn_misplaced(line.element, f"{what}; it goes on to {behind.file_id!r}, which follows")
                line.target.incoming.append(line)
            start.incoming.clear()

    def end_of(self, flow: Element, attribute: str, reference: str, holder: FlowElement | None) -> FlowElement | None:
        """Return the node at one end of ``flow``: named by the flow, else the only one that names the flow.

        :param holder: the sub-process in which the node should be, where several have its id.
        """
        wanted = (flow.get(attribute) or "").strip()
        if not wanted:
            return self.guess_end(flow, attribute, reference)
        found = self.index.find_all(wanted)
        beside = [node for node in found if node.parent is holder] or found
        if len(beside) > 1:
            naming = self.nodes_naming(reference).get(flow.get("id") or "", [])
            beside = [node for node in beside if node in naming] or beside
        return beside[0] if beside else None

    def lost(self, flow: Element, source: FlowElement, problem: str, code: str) -> FlowElement:
        """Return a new flow element at the end of a flow that leads nowhere."""
        self.warn_lost(flow, f"{problem}; a run that takes it fails", code)
        lost = FlowElement(
            element=flow,
            kind=LOST,
            id=self.index.ids.allocate(f"{flow.get('id') or source.id}_lost"),
            parent=source.parent,
            lane=source.lane,
        )
        (source.parent.children if source.parent else self.index.roots).append(lost)
        return lost

    def warn_lost(self, flow: Element, problem: str, code: str = "DF151") -> None:
        self.findings.warning(code, flow, problem, "connect it to a flow node at both ends, or remove it")

    def warn_misplaced(self, flow: Element, problem: str) -> None:
        self.findings.warning("DF162", flow, problem, "let it end at another flow node, or remove it")

    def problem_of(self, flow: Element, attribute: str) -> str:
        wanted = (flow.get(attribute) or "").strip()
        return (
            f"has the {attribute} {wanted!r}, which is no flow node of this process"
            if wanted
            else f"has no {attribute}"
        )

    def guess_end(self, flow: Element, attribute: str, reference: str) -> FlowElement | None:
        named = self.nodes_naming(reference).get(flow.get("id") or "", [])
        if len(named) != 1:
            return None
        self.findings.warning(
            "DF153",
            flow,
            f"has no {attribute}; {named[0].file_id!r} names it as {reference}, so it is connected there",
        )
        return named[0]

    def nodes_naming(self, reference: str) -> dict[str, list[FlowElement]]:
        """Return the nodes that name a flow as ``incoming`` or ``outgoing``, by the id of the flow."""
        if reference not in self.naming:
            found: dict[str, list[FlowElement]] = {}
            for node in self.index.walk():
                for child in bpmn_children(node.element, reference):
                    if name := text_of(child):
                        found.setdefault(name, []).append(node)
            self.naming[reference] = found
        return self.naming[reference]


def _lanes(process: Element) -> Iterator[tuple[str, str]]:
    """Yield flow node id and lane name, outer lanes before inner ones."""
    waiting = [lane for holder in process.iter("{*}laneSet") for lane in bpmn_children(holder, "lane")]
    for lane in waiting:
        name = " ".join((lane.get("name") or "").split())[:250]
        if name:
            for reference in bpmn_children(lane, "flowNodeRef"):
                yield text_of(reference), name
        for inner in bpmn_children(lane, "childLaneSet"):
            waiting.extend(bpmn_children(inner, "lane"))
