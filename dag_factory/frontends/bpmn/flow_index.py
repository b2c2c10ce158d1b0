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
    def is_event_sub_process(self) -> bool:
        """Whether an event starts it instead of a flow."""
        return self.kind in SUB_PROCESSES and self.element.get("triggeredByEvent") in ("true", "1")


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
        if not file_id:
            return None
        found = self.by_file_id.get(file_id) or self.by_file_id.get(file_id.rpartition(":")[2]) or []
        return found[0] if len(found) == 1 else None

    def walk(self) -> Iterator[FlowElement]:
        """Yield every flow element, outer before inner."""
        waiting = list(reversed(self.roots))
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))


def index_process(process: Element, findings: Findings) -> ProcessIndex:
    """Return the flow elements of ``process``, connected by its sequence flows.

    Flows that cannot be connected are errors and left out.
    """
    return _Indexer(process, findings).run()


class _Indexer:
    def __init__(self, process: Element, findings: Findings) -> None:
        self.process = process
        self.findings = findings
        self.index = ProcessIndex()
        self.lines: list[Element] = []
        self.naming: dict[str, dict[str, list[FlowElement]]] = {}
        self.count = 0

    def run(self) -> ProcessIndex:
        self.read_scope(self.process, None, 0)
        self.assign_lanes()
        line_ids = IdAllocator()
        if len(self.lines) > MAX_FLOWS:
            self.refuse(self.process, f"has more than {MAX_FLOWS} sequence flows")
            return self.index
        for element in self.lines:
            self.connect(element, line_ids)
        return self.index

    def read_scope(self, holder: Element, parent: FlowElement | None, depth: int) -> None:
        if depth > MAX_SCOPE_DEPTH:
            self.refuse(holder, f"is nested more than {MAX_SCOPE_DEPTH} sub-processes deep")
            return
        for child in holder:
            name = bpmn_name(child)
            if name == "sequenceFlow":
                self.lines.append(child)
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

    def connect(self, element: Element, line_ids: IdAllocator) -> None:
        source = self.end_of(element, "sourceRef", "outgoing")
        target = self.end_of(element, "targetRef", "incoming")
        if source is None or target is None:
            return
        if source.parent is not target.parent:
            self.findings.error(
                "DF152",
                element,
                f"leads from {source.file_id!r} to {target.file_id!r}, across the border of a sub-process",
                "end it at the sub-process itself, or use a boundary event",
            )
            return
        line_id = line_ids.allocate(element.get("id") or f"{source.id}-{target.id}")
        line = FlowLine(element=element, id=line_id, source=source, target=target)
        source.outgoing.append(line)
        target.incoming.append(line)

    def end_of(self, flow: Element, attribute: str, reference: str) -> FlowElement | None:
        """Return the node at one end of ``flow``: named by the flow, else the only one that names the flow."""
        wanted = (flow.get(attribute) or "").strip()
        if not wanted:
            return self.guess_end(flow, attribute, reference)
        found = self.index.find(wanted)
        if found is None:
            several = len(self.index.by_file_id.get(wanted, ())) > 1
            what = "is the id of several flow nodes" if several else "is no flow node of this process"
            self.findings.error(
                "DF151",
                flow,
                f"has the {attribute} {wanted!r}, which {what}",
                "give each flow node an id of its own" if several else "connect it to a flow node, or remove it",
            )
        return found

    def guess_end(self, flow: Element, attribute: str, reference: str) -> FlowElement | None:
        named = self.nodes_naming(reference).get(flow.get("id") or "", [])
        if len(named) == 1:
            self.findings.warning(
                "DF153",
                flow,
                f"has no {attribute}; {named[0].file_id!r} names it as {reference}, so it is connected there",
            )
            return named[0]
        self.findings.error("DF151", flow, f"has no {attribute}", "connect it at both ends, or remove it")
        return None

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
