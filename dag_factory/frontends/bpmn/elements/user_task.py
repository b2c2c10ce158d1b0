"""``userTask``: work for a person, with assignment, form and due time."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.expressions.syntax_tree import Name, Node, Path
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.expression_text import literal_text
from dag_factory.frontends.bpmn.facts import Assignment
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.frontends.bpmn.outputs import read_outputs, warn_of_input
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.duration import duration_seconds
from dag_factory.model.process import FlowNode
from dag_factory.nodes.manual import FormField, ManualNode

DONE = "Done"
MAX_TIMEOUT_SECONDS = 31_536_000


@ELEMENTS.register("userTask")
def read_user_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a request to a person; a lane stands for the group where nobody is named."""
    findings = reading.findings
    facts = identity(node)
    assigned = reading.first(lambda vendor: vendor.assignment(node.element, findings)) or Assignment()
    form: tuple[FormField, ...] = reading.first(lambda vendor: vendor.form(node.element, findings)) or ()
    groups = assigned.groups
    if not groups and not assigned.assignees and node.lane:
        groups = (literal_text(node.lane),)
    names = {field.name for field in form}

    def rename(name: str) -> Node | None:
        return Path(Name("form"), (name,)) if name in names else None

    fields = ManualNode(
        **facts,
        subject=literal_text(facts["name"]) if "{" in facts["name"] else "",
        body="\n\n".join(filter(None, [literal_text(facts["description"]), *_shown_inputs(node, reading)])),
        options=[DONE],
        stop_on=[],
        form=list(form),
        assignees=[_initiator(name, reading) for name in assigned.assignees],
        candidate_groups=list(groups),
        timeout_seconds=_timeout(node, reading),
        outputs={field.name: f"form.{field.name}" for field in form} | read_outputs(node, reading, rename),
    )
    return make_node(node, reading, fields)


def _shown_inputs(node: FlowElement, reading: Reading) -> Iterator[str]:
    """Yield the texts that the element hands to the person; they stand below its documentation."""
    for mapping in reading.all(lambda vendor: vendor.inputs(node.element, reading.findings)):
        if isinstance(mapping.value, str):
            yield mapping.value
        else:
            warn_of_input(node, mapping, reading, "give it as text")


def _initiator(text: str, reading: Reading) -> str:
    """Return ``text``, or who started the run where it is the variable in which the engine keeps that."""
    return "${run.initiator}" if any(text == f"${{{name}}}" for name in reading.initiators) else text


def _timeout(node: FlowElement, reading: Reading) -> float | None:
    due = reading.first(lambda vendor: vendor.due(node.element))
    if not due:
        return None
    seconds = duration_seconds(due)
    if seconds is None or seconds > MAX_TIMEOUT_SECONDS:
        reading.findings.warning(
            "DF435",
            node.element,
            f"has the due date {one_line(due, 60)!r}, which is not a fixed duration; the usual time-out holds",
            "write a duration such as PT4H",
        )
        return None
    return seconds
