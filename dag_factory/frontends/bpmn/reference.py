"""References to what the file declares: the name by which others know it, and the key that tells runs apart."""

from __future__ import annotations

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, bpmn_children, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading


def message_reference(element: Element, reading: Reading) -> str:
    """Return the name of the message that ``element`` refers to, empty where it refers to none."""
    return named_reference("message", "messageRef", element, element, reading)


def unnamed_message(node: FlowElement, reading: Reading) -> str:
    """Return a name for the message of an element that waits beside others and says not for what, with a warning."""
    name = one_line(node.element.get("name"), 100) or node.id
    reading.findings.warning(
        "DF417",
        node.element,
        f"does not say what it waits for behind an event-based gateway; it waits for a message called {name!r}",
        "name a message",
    )
    return name


def named_reference(kind: str, attribute: str, holder: Element, owner: Element, reading: Reading) -> str:
    """Return the name of the ``message``, ``signal`` ... that ``holder`` refers to by ``attribute``.

    A reference to nothing counts as the name itself, with a warning. A message without one has the name that a message
    flow between pools gives it.

    :raises CannotRunError: the name is computed at run time.
    """
    given = reading.first(lambda vendor: vendor.event_name(holder))
    if given:
        return _fixed(kind, given, reading)
    reference = one_line(holder.get(attribute))
    if kind == "message" and (not reference or reference == "##unspecified"):
        reference = _message_of_operation(holder, reading)
    if not reference or reference == "##unspecified":
        return reading.message_flows.names.get(owner.get("id") or "", "") if kind == "message" else ""
    found = reading.definitions.find(kind, reference)
    if found is None:
        reading.findings.warning(
            "DF160",
            owner,
            f"refers to the {kind} {reference!r}, which is not declared; the reference counts as its name",
        )
        return reference
    return _fixed(kind, one_line(found.get("name")), reading) or reference


def _fixed(kind: str, name: str, reading: Reading) -> str:
    """Return ``name``, of which no part is computed."""
    is_feel = name.startswith("=") and any(vendor.title == "zeebe" for vendor in reading.vendors)
    if "${" in name or "#{" in name or is_feel:
        problem = f"computes at run time the name of its {kind} ({one_line(name, 80)})"
        raise CannotRunError("DF464", problem, "give it a fixed name")
    return name


def _message_of_operation(holder: Element, reading: Reading) -> str:
    """Return the message by which the operation that ``holder`` names is called, empty where it names none."""
    wanted = (holder.get("operationRef") or text_of(bpmn_child(holder, "operationRef"))).rpartition(":")[2]
    for interface in bpmn_children(reading.process.getroottree().getroot(), "interface") if wanted else ():
        for operation in bpmn_children(interface, "operation"):
            if operation.get("id") == wanted:
                return one_line(text_of(bpmn_child(operation, "inMessageRef")))
    return ""


def message_correlation(holder: Element, reading: Reading) -> str | None:
    """Return the key of the message that ``holder`` refers to as an expression, ``None`` where there is none."""
    message = reading.definitions.find("message", holder.get("messageRef"))
    if message is None:
        return None
    raw = reading.first(lambda vendor: vendor.correlation(message))
    if not raw:
        return None
    try:
        return canonical_expression(raw)
    except ExpressionError as error:
        report_correlation(message, error, reading)
        return None


def report_correlation(element: Element, error: ExpressionError, reading: Reading) -> None:
    """Say that a message is correlated by the business key of the run, since the file's own key cannot be read."""
    reading.findings.warning(
        "DF325",
        element,
        f"has a correlation key that cannot be read: {error.problem}; the business key of the run counts",
        "use an expression of docs/expressions.md",
    )
