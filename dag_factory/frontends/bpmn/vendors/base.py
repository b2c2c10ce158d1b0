"""Vendor: the questions that the reader asks about extensions; a vendor answers those it has words for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.expression_text import canonical_text
from dag_factory.frontends.bpmn.facts import (
    Assignment,
    Called,
    Collection,
    Mapping,
    Retries,
    VendorEvent,
    Work,
)
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, split_name
from dag_factory.model.process import Variable
from dag_factory.nodes.manual import FormField
from dag_factory.registry import Registry

_AGENT_PROPERTY = re.compile(r"agent(?:\.(manual|script|api_call|sql))?(?:\.(\w+))?")


class Vendor:
    """Answers nothing; subclass it for a vendor's words.

    :cvar title: the vendor's name in messages.
    :cvar namespaces: namespaces of its attributes and elements.
    :cvar harmless: local names of attributes and elements that say nothing about what the process does.
    :cvar unsupported: local names of attributes and elements that would change what the process does, with what
        they are.
    :cvar understood: local names that the methods read.
    """

    title: ClassVar[str] = ""
    namespaces: ClassVar[tuple[str, ...]] = ()
    harmless: ClassVar[frozenset[str]] = frozenset()
    unsupported: ClassVar[dict[str, str]] = {}
    understood: ClassVar[frozenset[str]] = frozenset()

    def is_used_in(self, content: bytes) -> bool:
        """Return whether the file can hold anything of this vendor."""
        return any(namespace.encode() in content for namespace in self.namespaces)

    def attribute(self, element: Element, name: str) -> str:
        """Return the vendor's attribute ``name`` without white space around it, empty where absent."""
        for namespace in self.namespaces:
            if value := element.get(f"{{{namespace}}}{name}"):
                return value.strip()
        return ""

    def extensions(self, element: Element, *names: str) -> Iterator[Element]:
        """Yield the vendor's elements called one of ``names`` among the extensions of ``element``."""
        holder = bpmn_child(element, "extensionElements")
        return self.children(holder, *names) if holder is not None else iter(())

    def children(self, element: Element, *names: str) -> Iterator[Element]:
        """Yield the vendor's elements called one of ``names`` right below ``element``."""
        return element.iterchildren(*(f"{{{space}}}{name}" for space in self.namespaces for name in names))

    def text(self, value: str) -> str:
        """Return a value in the vendor's language as text with ``${...}``.

        :raises ExpressionError: an expression in it cannot be read.
        """
        return canonical_text(value)

    def time(self, value: str) -> str:
        """Return a date, duration or cycle in the vendor's language as text with ``${...}``.

        :raises ExpressionError: an expression in it cannot be read.
        """
        return self.text(value)

    def text_or_none(self, value: str, element: Element, what: str, findings: Findings) -> str | None:
        """Return a value as text with ``${...}``, or ``None`` with a warning where it cannot be read."""
        try:
            return self.text(value)
        except ExpressionError as error:
            findings.warning(
                "DF321",
                element,
                f"has {what} that cannot be read and is left out: {error}",
                "use an expression of docs/expressions.md",
            )
            return None

    def assignment(self, element: Element, findings: Findings) -> Assignment | None:
        """Return who does a user task."""
        return None

    def agents(self, element: Element) -> dict[str, dict[str, str]]:
        """Return the fields of the agent that an element asks for, as they stand in the file.

        The keys are the node types for which a process asks; empty for the element itself. Vendors whose editors have
        properties say it by ``agent.skills``, of a process by ``agent.manual.skills``.
        """
        found: dict[str, dict[str, str]] = {}
        for holder in self.extensions(element, "properties"):
            for item in self.children(holder, "property"):
                if match := _AGENT_PROPERTY.fullmatch((item.get("name") or "").strip()):
                    found.setdefault(match[1] or "", {})[match[2] or "agent"] = item.get("value") or ""
        return found

    def due(self, element: Element) -> str:
        """Return when a user task is due, as it stands in the file."""
        return ""

    def form(self, element: Element, findings: Findings) -> tuple[FormField, ...]:
        """Return the form of a user task."""
        return ()

    def start_form(self, element: Element, findings: Findings) -> tuple[Variable, ...]:
        """Return the inputs that the form of a start event asks for."""
        return ()

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return what a task does, ``None`` where the vendor's extensions do not say."""
        return None

    def script_source(self, element: Element) -> str:
        """Return the resource that holds the text of a script task, empty for none."""
        return ""

    def result_variable(self, element: Element) -> str:
        """Return the variable that takes the result of a task, empty for none."""
        return ""

    def inputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the values that an element gets under names of its own."""
        return ()

    def outputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the variables that an element sets from values of its own."""
        return ()

    def properties(self, element: Element) -> tuple[tuple[str, str], ...]:
        """Return name and value of each property that the author gave an element."""
        return tuple(
            (item.get("name") or "", item.get("value") or "")
            for holder in self.extensions(element, "properties")
            for item in self.children(holder, "property")
        )

    def retries(self, element: Element, findings: Findings) -> Retries | None:
        """Return how often an element is tried again."""
        return None

    def called(self, element: Element, findings: Findings) -> Called | None:
        """Return what a call activity calls and passes."""
        return None

    def collection(self, loop: Element) -> Collection | None:
        """Return what a multi-instance runs over."""
        return None

    def event(self, element: Element, findings: Findings) -> VendorEvent | None:
        """Return the kind of an event without a definition of BPMN."""
        return None

    def event_name(self, definition: Element) -> str:
        """Return the name of an event's message or signal, empty where BPMN's own reference says it."""
        return ""

    def correlation(self, message: Element) -> str:
        """Return the expression for the business key of a message, empty for none."""
        return ""

    def version(self, process: Element) -> str:
        """Return the author's version of a process, empty for none."""
        return ""

    def initiator(self, start: Element) -> str:
        """Return the variable that holds who started the run, empty for none."""
        return ""

    def variables(self, process: Element, findings: Findings) -> tuple[Variable, ...]:
        """Return variables that the process declares."""
        return ()

    def report_rest(self, element: Element, findings: Findings) -> None:
        """Add a finding for each attribute and extension of this vendor that is not understood."""
        for attribute in element.attrib:
            if isinstance(attribute, str) and attribute.startswith("{"):
                namespace, local = split_name(attribute)
                if namespace in self.namespaces:
                    self._report(local, f"the attribute {self.title}:{local}", element, findings)
        holder = bpmn_child(element, "extensionElements")
        for child in holder if holder is not None else ():
            if isinstance(child.tag, str):
                namespace, local = split_name(child.tag)
                if namespace in self.namespaces:
                    self._report(local, f"the extension {child.prefix or self.title}:{local}", element, findings)

    def _report(self, local: str, what: str, element: Element, findings: Findings) -> None:
        if local in self.understood or local in self.harmless:
            return
        if meaning := self.unsupported.get(local):
            remedy = "rebuild what it does with tasks, or remove it"
            findings.warning("DF420", element, f"has {what} ({meaning}), which is not run", remedy)
        else:
            findings.info("DF421", element, f"has {what}, which is not known here and is ignored")


VENDORS: Registry[Vendor] = Registry(
    "BPMN vendor", package="dag_factory.frontends.bpmn.vendors", entry_point_group="airflow_ops.bpmn_vendors"
)
