"""Events: what they wait for or throw, with every reference resolved."""

from __future__ import annotations

from dataclasses import dataclass

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.condition import REMEDY, read_condition
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.identifiers import variable_name_from
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, bpmn_name, one_line, text_of
from dag_factory.frontends.bpmn.outputs import assign_after
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.reference import message_correlation, named_reference, report_correlation
from dag_factory.frontends.bpmn.timer import Timer, TimerKind, duration_from_words, read_timer
from dag_factory.model.event_meaning import is_compiled, is_part_compiled
from dag_factory.model.process import FlowNode, Variable
from dag_factory.nodes.event import EventNode, EventPosition

_SUFFIX = "EventDefinition"
_NAMED = {"signal": "signalRef", "message": "messageRef"}


NO_TIMER = Timer()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """One definition of an event, in the terms of ``EventNode``."""

    definition: str = "none"
    reference: str = ""
    timer: Timer = NO_TIMER
    condition: str | None = None
    correlation: str | None = None
    parts: tuple[EventFacts, ...] = ()
    needs_all: bool = False

    @property
    def timer_kind(self) -> TimerKind:
        """The kind of time, empty for an event that is no timer."""
        return self.timer.kind


def event_definitions(element: Element, reading: Reading, *, is_reported: bool = False) -> list[tuple[str, Element]]:
    """Return kind and element of each definition of an event, those included that the file declares elsewhere.

    :param is_reported: a definition that is declared nowhere has been reported before.
    """
    found = []
    for child in element:
        name = bpmn_name(child)
        if name.endswith(_SUFFIX):
            found.append((name.removesuffix(_SUFFIX).replace("compensate", "compensation"), child))
        elif name == "eventDefinitionRef":
            declared = reading.definitions.find("eventDefinition", text_of(child))
            if declared is None:
                if is_reported:
                    continue
                reading.findings.warning(
                    "DF160", element, f"refers to the event definition {text_of(child)!r}, which is not declared"
                )
            else:
                kind = bpmn_name(declared).removesuffix(_SUFFIX).replace("compensate", "compensation")
                found.append((kind, declared))
    return found


def read_event(node: FlowElement, reading: Reading) -> EventFacts:
    """Return what the event of ``node`` is about; ``multiple`` for several definitions."""
    definitions = event_definitions(node.element, reading)
    if not definitions:
        given = reading.first(lambda vendor: vendor.event(node.element, reading.findings))
        if given is None:
            return EventFacts()
        key = _optional_expression(given.correlation, node.element, reading)
        return EventFacts(definition=given.definition, reference=given.reference, correlation=key)
    if len(definitions) > 1:
        return EventFacts(
            definition="multiple",
            reference=", ".join(kind for kind, _ in definitions),
            parts=tuple(_read_definition(*definition, node, reading) for definition in definitions),
            needs_all=node.element.get("parallelMultiple") in ("true", "1"),
        )
    return _read_definition(*definitions[0], node, reading)


def make_event(
    node: FlowElement,
    reading: Reading,
    position: EventPosition,
    facts: EventFacts,
    *,
    attached_to: str = "",
    is_interrupting: bool = True,
) -> FlowNode:
    """Return the flow node of a typed event."""
    assign_after(node, reading)
    timer = facts.timer
    if timer.kind and not timer.is_computed and not timer.is_plain:
        reading.findings.warning(
            "DF343",
            node.element,
            f"is a timer for {one_line(timer.text, 60)!r}, which is no ISO 8601 time; a run that gets there fails",
            "write PT10M",
        )

    def fields(item: EventFacts) -> EventNode:
        return EventNode(
            **identity(node),
            position=position,
            definition=item.definition,
            reference=item.reference,
            timer_kind=item.timer.kind,
            timer=item.timer.text,
            condition=item.condition,
            correlation=item.correlation,
            attached_to=attached_to,
            is_interrupting=is_interrupting,
            parts=[fields(part) for part in item.parts],
            needs_all=item.needs_all,
        )

    return make_node(node, reading, _with_meaning(fields(facts), node, reading))


def _with_meaning(event: EventNode, node: FlowElement, reading: Reading) -> EventNode:
    """Return ``event``, of a multiple one only the parts that can happen or be thrown where it stands.

    :raises CannotRunError: nothing of it can.
    """
    if is_compiled(event):
        return event
    parts = [part for part in event.parts if is_part_compiled(part)]
    if not parts:
        what = "no definition" if event.definition == "none" else f"the definition {event.definition!r}"
        raise CannotRunError("DF159", f"has {what}, which has no meaning where it stands", "give it another definition")
    rest = ", ".join(part.definition for part in event.parts if part not in parts)
    reading.findings.warning(
        "DF159", node.element, f"has definitions that have no meaning where it stands and are left out ({rest})"
    )
    return event.model_copy(update={"parts": parts}) if len(parts) > 1 else parts[0]


def _read_definition(kind: str, definition: Element, node: FlowElement, reading: Reading) -> EventFacts:
    if kind == "timer":
        timer = read_timer(definition, reading.vendors)
        is_start = node.kind == "startEvent" and node.parent is None
        is_known = timer.text and not timer.problem
        return EventFacts(definition=kind, timer=timer if is_known or is_start else _timer_given(node, timer, reading))
    if kind == "conditional":
        return _conditional(definition, node, reading)
    if kind == "link":
        return EventFacts(
            definition=kind, reference=one_line(definition.get("name")) or one_line(node.element.get("name"))
        )
    if kind == "compensation":
        activity = reading.index.find(definition.get("activityRef"))
        return EventFacts(definition=kind, reference=activity.id if activity else "")
    if kind in ("error", "escalation"):
        return EventFacts(definition=kind, reference=_code(kind, definition, node, reading))
    if kind in _NAMED:
        _report_work(definition, node, reading)
        reference = named_reference(kind, _NAMED[kind], definition, node.element, reading)
        correlation = message_correlation(definition, reading) if kind == "message" else None
        return EventFacts(definition=kind, reference=reference, correlation=correlation)
    return EventFacts(definition=kind)


def _timer_given(node: FlowElement, timer: Timer, reading: Reading) -> Timer:
    """Return the time of a timer that has none to read: the one that its name says, else an input of the run."""
    duration = "" if timer.problem else duration_from_words(node.element.get("name") or "")
    if duration:
        reading.findings.info("DF344", node.element, f"has no time but in its name; it is read as {duration}")
        return Timer("duration", duration)
    name = variable_name_from(f"wait_{node.id}")
    what = f"whose time cannot be read ({timer.problem})" if timer.problem else "without a time"
    reading.findings.warning(
        "DF343",
        node.element,
        f"is a timer {what}; the parameter {name!r} of a run says how long",
        "write PT10M",
    )
    title = one_line(node.element.get("name")) or node.id
    description = "How long to wait, as an ISO 8601 duration such as PT10M."
    reading.variables.append(Variable(name=name, type="string", is_required=True, title=title, description=description))
    return Timer("duration", f"${{{name}}}")


def _conditional(definition: Element, node: FlowElement, reading: Reading) -> EventFacts:
    holder = bpmn_child(definition, "condition")
    if holder is None:
        return EventFacts(definition="conditional")
    condition = read_condition(holder, node.element, reading)
    if condition.code:
        problem = f"{condition.problem}; it never counts as true"
        reading.findings.warning(condition.code, node.element, problem, REMEDY)
        return EventFacts(definition="conditional", condition="false")
    return EventFacts(definition="conditional", condition=condition.expression)


def _code(kind: str, definition: Element, node: FlowElement, reading: Reading) -> str:
    """Return the code of an error or escalation; empty for any. Without a code its declaration's name counts."""
    reference = one_line(definition.get(f"{kind}Ref"))
    if not reference:
        return ""
    declared = reading.definitions.find(kind, reference)
    if declared is None:
        reading.findings.warning(
            "DF160",
            node.element,
            f"refers to the {kind} {reference!r}, which is not declared; the reference counts as its code",
        )
        return reference
    return one_line(declared.get(f"{kind}Code")) or one_line(declared.get("name")) or reference


def _report_work(definition: Element, node: FlowElement, reading: Reading) -> None:
    """Say that the code with which an engine would send a message is not run."""
    for holder in (definition, node.element):
        if reading.work(holder):
            reading.findings.warning(
                "DF455",
                node.element,
                "names engine code that would send it; here the message itself is sent",
                "use a service task to do more",
            )
            return


def _optional_expression(raw: str | None, element: Element, reading: Reading) -> str | None:
    if not raw:
        return None
    try:
        return canonical_expression(raw)
    except ExpressionError as error:
        report_correlation(element, error, reading)
        return None
