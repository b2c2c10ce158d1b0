"""Message flows between pools: they give a name to messages that have none, so that both ends speak of the same one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dag_factory.frontends.bpmn.definitions import Definitions
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, bpmn_name, one_line

_RECEIVING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})
_SENDING_EVENTS = frozenset({"intermediateThrowEvent", "endEvent"})


@dataclass(slots=True)
class MessageFlows:
    """What message flows say about the elements at their ends, by the ids of the file.

    :param names: name of the message that an element sends or receives.
    :param senders: activities from which a message flow leads away.
    """

    names: dict[str, str] = field(default_factory=dict)
    senders: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Flow:
    source: str
    target: str
    name: str


def read_message_flows(root: Element, definitions: Definitions, findings: Findings) -> MessageFlows:
    """Return what the message flows of ``root`` say; those that nothing can receive are reported.

    Flows that share an end carry the same message: its own name where an end refers to a message, else that of a flow.
    """
    drawn = [
        flow
        for holder in (*bpmn_children(root, "collaboration"), *bpmn_children(root, "choreography"))
        for flow in bpmn_children(holder, "messageFlow")
    ]
    found = MessageFlows()
    if not drawn:
        return found  # and no time is spent on a file without any
    elements = {item.get("id"): item for item in root.iter("{*}*") if item.get("id") and bpmn_name(item) in ELEMENTS}
    flows = list(_flows(drawn, definitions, elements, findings))
    together = _Together()
    for flow in flows:
        ends = [end for end in (flow.source, flow.target) if end in elements]
        for end in ends:
            together.join(ends[0], end)
        own = next(filter(None, (_own_name(elements[end], definitions) for end in ends)), "")
        if ends:
            together.name(ends[0], own, flow.name)
        found.senders.update(end for end in ends if end == flow.source and _sends_when_done(elements[end]))
    found.names = together.names()
    return found


class _Together:
    """Elements that message flows connect, and the name of what flows between them."""

    def __init__(self) -> None:
        self.leader: dict[str, str] = {}
        self.given: dict[str, tuple[str, str]] = {}

    def join(self, one: str, two: str) -> None:
        """Note that two elements speak of the same message."""
        first, second = self._find(one), self._find(two)
        if first != second:
            self.leader[second] = first
            own, flow = self.given.pop(second, ("", ""))
            self.name(first, own, flow)

    def name(self, element: str, own: str, flow: str) -> None:
        """Give the message a name, its own or a flow's; the first one of each kind stays."""
        leader = self._find(element)
        known_own, known_flow = self.given.get(leader, ("", ""))
        self.given[leader] = (known_own or own, known_flow or flow)

    def names(self) -> dict[str, str]:
        """Return the name of the message by element."""
        return {element: next(filter(None, self.given[self._find(element)]), "") for element in self.leader}

    def _find(self, element: str) -> str:
        self.leader.setdefault(element, element)
        while self.leader[element] != element:
            self.leader[element] = self.leader[self.leader[element]]
            element = self.leader[element]
        return element


def _sends_when_done(element: Element) -> bool:
    kind = bpmn_name(element)
    return kind not in _SENDING_EVENTS | _RECEIVING and not kind.endswith("Gateway")


def _flows(
    drawn: Sequence[Element], definitions: Definitions, elements: Mapping[str | None, Element], findings: Findings
) -> Iterator[_Flow]:
    for item in drawn:
        source, target = (one_line(item.get(name)).rpartition(":")[2] for name in ("sourceRef", "targetRef"))
        message = definitions.find("message", item.get("messageRef"))
        name = one_line(message.get("name")) if message is not None else ""
        if target in elements and bpmn_name(elements[target]) not in _RECEIVING:
            findings.info("DF171", item, f"leads to {target!r}, which waits for no message")
        elif source not in elements and target not in elements:
            findings.info("DF171", item, "connects no flow node of this file: nothing is sent")
        yield _Flow(source, target, name or one_line(item.get("name")) or one_line(item.get("id")))


def _own_name(element: Element, definitions: Definitions) -> str:
    """Return the name of the message that an element itself refers to."""
    holders = (element, *element.findall("{*}messageEventDefinition"))
    for reference in filter(None, (one_line(holder.get("messageRef")) for holder in holders)):
        message = definitions.find("message", reference)
        return (one_line(message.get("name")) if message is not None else "") or reference
    return ""
