"""Reading: what every element reader needs to know about the file around its element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from dag_factory.frontends.bpmn.definitions import Definitions
from dag_factory.frontends.bpmn.facts import Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.flow_index import ProcessIndex
from dag_factory.frontends.bpmn.message_flows import MessageFlows
from dag_factory.frontends.bpmn.namespaces import BPMN, Element, bpmn_child
from dag_factory.frontends.bpmn.timer import Timer
from dag_factory.frontends.bpmn.vendors.base import Vendor
from dag_factory.model.process import Variable
from dag_factory.nodes.assign import AssignNode
from dag_factory.nodes.event import EventNode

T = TypeVar("T")


@dataclass
class Reading:
    """The file while one of its processes is read.

    :param process: the element of the process.
    :param vendors: those that occur in the file, BPMN's own words last.
    :param dag_ids: Dag id by process id in the file.
    :param is_executable: whether the process says that it is meant to run; hand-drawn ones do not.
    :param folder: where script files beside the template are.
    :param siblings: SHA-256 of the script files read, by name.
    :param initiators: variables that hold who started the run.
    :param variables: inputs of the run found on the way.
    :param assignments: step that sets what an event or sub-process sets when it is done, by the id of its flow node.
    :param associations: filled on first use, see ``associated``.
    :param decisions: filled on first use, see ``decision_files``.
    :param handlers: filled on first use, see ``handlers``.
    :param never_begin: ids of flow nodes that begin nothing although no flow enters them.
    :param timer_starts: timer start events of the process, with their times.
    :param message_flows: what the message flows between pools say.
    :param sends: step that sends a message when an activity is done, by the id of its flow node.
    """

    process: Element
    definitions: Definitions
    findings: Findings
    vendors: tuple[Vendor, ...]
    dag_ids: dict[str, str]
    index: ProcessIndex
    is_executable: bool
    folder: Path | None
    siblings: dict[str, str]
    initiators: set[str] = field(default_factory=set)
    variables: list[Variable] = field(default_factory=list)
    assignments: dict[str, AssignNode] = field(default_factory=dict)
    associations: dict[str, list[str]] | None = None
    decisions: dict[str, Element] | None = None
    handlers: dict[str, Any] | None = None
    never_begin: set[str] = field(default_factory=set)
    timer_starts: list[tuple[Element, Timer]] = field(default_factory=list)
    message_flows: MessageFlows = field(default_factory=MessageFlows)
    sends: dict[str, EventNode] = field(default_factory=dict)

    def first(self, ask: Callable[[Vendor], T | None]) -> T | None:
        """Return the first answer of a vendor that is not empty."""
        for vendor in self.vendors:
            if answer := ask(vendor):
                return answer
        return None

    def all(self, ask: Callable[[Vendor], Iterable[T]]) -> list[T]:
        """Return the answers of all vendors together."""
        return [item for vendor in self.vendors for item in ask(vendor)]

    @cached_property
    def default_agents(self) -> dict[str, dict[str, str]]:
        """The agents that the process asks for by default, by node type, as they stand in the file."""
        found: dict[str, dict[str, str]] = {}
        for vendor in self.vendors:
            for type_name, given in vendor.agents(self.process).items():
                found.setdefault(type_name, given)
        return found

    def work(self, element: Element) -> Work | None:
        """Return what a vendor lets ``element`` do, ``None`` where none says anything."""
        for vendor in self.vendors:
            work = vendor.work(element, self.findings)
            if work is not None:
                return work
        return None

    def associated(self, file_id: str) -> list[str]:
        """Return the ids at the other ends of the associations of an element."""
        if self.associations is None:
            self.associations = {}
            for item in self.process.iter(f"{{{BPMN}}}association"):
                source, target = item.get("sourceRef") or "", item.get("targetRef") or ""
                self.associations.setdefault(source, []).append(target)
                self.associations.setdefault(target, []).append(source)
        return self.associations.get(file_id, []) if file_id else []

    def report_rest(self, element: Element) -> None:
        """Add a finding for everything at ``element`` that no vendor understands."""
        if bpmn_child(element, "extensionElements") is None and not any("}" in str(name) for name in element.attrib):
            return
        for vendor in self.vendors:
            vendor.report_rest(element, self.findings)
