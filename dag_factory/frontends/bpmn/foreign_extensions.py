"""Extensions of tools that no vendor here speaks for: one finding for each of their namespaces."""

from __future__ import annotations

from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import BPMN, BPMN_NAMESPACES, Element, one_line, split_name
from dag_factory.frontends.bpmn.vendors.base import VENDORS

_SHOWN = 4
_ABOUT_THE_FILE = frozenset(
    [
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color",
        "http://flowable.org/design",
        "http://flowable.org/modeler",
        "http://activiti.com/modeler",
        "http://www.signavio.com",
    ]
)
"""Namespaces that say how a file is written, drawn or edited."""


def report_foreign_extensions(process: Element, findings: Findings) -> None:
    """Add an info for each namespace in ``process`` that is neither BPMN's nor a known vendor's."""
    known = _ABOUT_THE_FILE | BPMN_NAMESPACES | {space for name in VENDORS for space in VENDORS[name].namespaces}
    found: dict[str, list[str]] = {}
    for element in process.iter(f"{{{BPMN}}}*"):
        names = [str(name) for name in element.attrib if "}" in str(name)]
        if element.tag == f"{{{BPMN}}}extensionElements":
            names += [child.tag for child in element if isinstance(child.tag, str)]
        for namespace, local in map(split_name, names):
            if namespace and namespace not in known:
                found.setdefault(namespace, []).append(local)
    for namespace, locals_ in found.items():
        different = list(dict.fromkeys(locals_))
        listed = ", ".join(different[:_SHOWN]) + (", ..." if len(different) > _SHOWN else "")
        findings.info(
            "DF421",
            process,
            f"has {len(locals_)} extensions of {one_line(namespace, 120)!r}, which are not known here and are ignored"
            f" ({one_line(listed, 120)})",
        )
