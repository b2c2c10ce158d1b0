"""BPMN's own words for people, data and loops, which every tool may use beside or instead of a vendor's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import ClassVar

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.expression_text import canonical_expression, canonical_text, literal_text
from dag_factory.frontends.bpmn.facts import Assignment, Called, Collection, Mapping, UnboundWork, Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, bpmn_children, bpmn_name, one_line, text_of
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor
from dag_factory.frontends.bpmn.vendors.value_lists import split_names

_ROLES = {"humanPerformer": "user", "performer": "user", "potentialOwner": "group"}
_ROLE_ITEM = re.compile(r"(user|group)\((.*)\)", re.DOTALL)


class Standard(Vendor):
    """Reads resource roles, data associations and loop data."""

    title: ClassVar[str] = "bpmn"

    def is_used_in(self, content: bytes) -> bool:
        """Return true: every file may use the standard."""
        return True

    def assignment(self, element: Element, findings: Findings) -> Assignment | None:
        """Return performers as users and potential owners as groups; ``user(a), group(b)`` says which is which."""
        found: dict[str, list[str]] = {"user": [], "group": []}
        for child in element:
            kind = _ROLES.get(bpmn_name(child))
            if kind:
                for name in people_of(child):
                    match = _ROLE_ITEM.fullmatch(name)
                    where, plain = (match[1], match[2].strip()) if match else (kind, name)
                    text = self.text_or_none(plain, element, f"the {bpmn_name(child)} {plain!r}", findings)
                    found[where] += [text] if text else []
        if not found["user"] and not found["group"]:
            return None
        return Assignment(tuple(found["user"]), tuple(found["group"]))

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the operation of a service interface that the element names."""
        operation = _operation(element)
        return UnboundWork(f"calls the operation {operation!r}", operation) if operation else None

    def called(self, element: Element, findings: Findings) -> Called | None:
        """Return the data associations of a call activity as mappings."""
        inputs, outputs = tuple(data_inputs(element)), tuple(data_outputs(element))
        return Called(inputs=inputs, outputs=outputs) if inputs or outputs else None

    def collection(self, loop: Element) -> Collection | None:
        """Return ``loopDataInputRef`` and ``inputDataItem``."""
        reference = text_of(bpmn_child(loop, "loopDataInputRef"))
        item = bpmn_child(loop, "inputDataItem")
        name = "" if item is None else item.get("name") or item.get("id") or ""
        if not reference:
            return Collection(item=name) if name else None
        activity = loop.getparent()
        source = "" if activity is None else _source_of(activity, reference)
        return Collection(expression=f"`{source or reference}`", item=name)


def people_of(role: Element) -> list[str]:
    """Return the names that a resource role gives, as they stand in the file."""
    assigned = bpmn_child(role, "resourceAssignmentExpression")
    if assigned is not None:
        return split_names(text_of(assigned))
    reference = text_of(bpmn_child(role, "resourceRef")).rpartition(":")[2]
    for resource in bpmn_children(role.getroottree().getroot(), "resource"):
        if reference and resource.get("id") == reference:
            return [literal_text(one_line(resource.get("name") or reference))]
    name = one_line(role.get("name"))
    return [literal_text(name)] if name else []


def bare_owners(element: Element) -> list[str]:
    """Return the potential owners of ``element`` that an expression names without saying whether user or group."""
    roles = (role for role in bpmn_children(element, "potentialOwner"))
    assigned = [role for role in roles if bpmn_child(role, "resourceAssignmentExpression") is not None]
    return [name for role in assigned for name in people_of(role) if not _ROLE_ITEM.fullmatch(name)]


def data_inputs(element: Element) -> Iterator[Mapping]:
    """Yield what the data associations of ``element`` give it, under the names of its data inputs."""
    names = _data_names(element, "dataInput")
    for association in bpmn_children(element, "dataInputAssociation"):
        target = text_of(bpmn_child(association, "targetRef"))
        assignment = bpmn_child(association, "assignment")
        source = text_of(bpmn_child(association, "sourceRef"))
        name = names.get(target, target)
        if assignment is not None:
            value = text_of(bpmn_child(assignment, "from"))
            yield Mapping(name, _assigned(value))
        elif source and name:
            yield Mapping(name, f"${{{_reference(element, source)}}}")


def data_outputs(element: Element, only: AbstractSet[str] | None = None) -> Iterator[Mapping]:
    """Yield the variables that the data associations of ``element`` set, from the names of its data outputs.

    :param only: the names of the data outputs that count; ``None`` for all.
    """
    names = _data_names(element, "dataOutput")
    for association in bpmn_children(element, "dataOutputAssociation"):
        source = text_of(bpmn_child(association, "sourceRef"))
        target = text_of(bpmn_child(association, "targetRef"))
        if source in names and target and (only is None or names[source] in only):
            yield Mapping(_plain_name(element, target), f"${{{_quoted(names[source])}}}")


def target_of(element: Element, output: str) -> str:
    """Return the variable that takes the data output with the id ``output``, else ``output`` itself."""
    for association in bpmn_children(element, "dataOutputAssociation"):
        if text_of(bpmn_child(association, "sourceRef")) == output:
            return _plain_name(element, text_of(bpmn_child(association, "targetRef"))) or output
    return output


def _assigned(value: str) -> str:
    """Return the constant or the expression of an assignment as text."""
    if "{" in value:
        with suppress(ExpressionError):
            return f"${{{canonical_expression(value)}}}"
        with suppress(ExpressionError):
            return canonical_text(value)
    return literal_text(value)


def _data_names(element: Element, kind: str) -> dict[str, str]:
    specification = bpmn_child(element, "ioSpecification")
    items = bpmn_children(specification, kind) if specification is not None else []
    return {item.get("id") or "": item.get("name") or item.get("id") or "" for item in items}


def _source_of(activity: Element, reference: str) -> str:
    """Return the data that fills the data input ``reference`` of ``activity``, else the input's own name."""
    for association in bpmn_children(activity, "dataInputAssociation"):
        if text_of(bpmn_child(association, "targetRef")) == reference:
            source = text_of(bpmn_child(association, "sourceRef"))
            if source:
                return _plain_name(activity, source)
    return _plain_name(activity, _data_names(activity, "dataInput").get(reference, reference))


def _reference(element: Element, source: str) -> str:
    return _quoted(_plain_name(element, source))


def _quoted(name: str) -> str:
    cleaned = name.replace("`", "_").replace("\n", " ")
    try:
        return canonical_expression(f"`{cleaned}`")
    except ExpressionError:
        return "null"


def _plain_name(element: Element, reference: str) -> str:
    """Return the name of the data object or property ``reference``, else ``reference`` itself."""
    for scope in element.iterancestors():
        for child in scope:
            if bpmn_name(child) in ("property", "dataObject", "dataObjectReference") and child.get("id") == reference:
                return one_line(child.get("name")) or reference
    return reference


def _operation(element: Element) -> str:
    reference = element.get("operationRef")
    if not reference or reference.startswith("##"):
        return ""
    for interface in element.getroottree().getroot():
        if bpmn_name(interface) == "interface":
            for operation in interface:
                if operation.get("id") == reference:
                    name = one_line(operation.get("implementationRef") or operation.get("name") or reference)
                    return f"{one_line(interface.get('implementationRef') or interface.get('name'))}.{name}"
    return one_line(reference)


VENDORS.register("standard")(Standard())
