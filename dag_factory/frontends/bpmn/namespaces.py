"""Qualified names of BPMN files: which namespaces mean BPMN, and the local name of an element in one of them."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

Element = etree._Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN_NAMESPACES = frozenset({BPMN, "http://schema.omg.org/spec/BPMN/2.0"})
"""The namespace of the standard, and the one of its drafts."""
_MISSPELT = re.compile(
    r"https?://(www\.)?(schema\.)?omg\.org/(spec/)?bpmn/?(2\.0|20|20100524)(/model)?/?", re.IGNORECASE
)

KNOWN_PREFIXES = {
    "bpmn": BPMN,
    "bpmn2": BPMN,
    "model": BPMN,
    "semantic": BPMN,
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "drools": "http://www.jboss.org/drools",
}
"""What a prefix means that a file uses without declaring it."""


@lru_cache(maxsize=4096)
def split_name(tag: str) -> tuple[str, str]:
    """Return namespace and local name of a tag or attribute; an undeclared prefix counts as what it usually means."""
    if tag.startswith("{"):
        namespace, _, local = tag[1:].rpartition("}")
        return namespace, local
    prefix, _, local = tag.rpartition(":")
    return KNOWN_PREFIXES.get(prefix, prefix), local


_PREFIX = f"{{{BPMN}}}"


def bpmn_name(element: Element) -> str:
    """Return the local name of an element of BPMN, empty for an element of another language."""
    tag = element.tag
    return tag[len(_PREFIX) :] if isinstance(tag, str) and tag.startswith(_PREFIX) else ""


def bpmn_children(element: Element, name: str) -> list[Element]:
    """Return the children of ``element`` that BPMN calls ``name``, in file order."""
    return list(element.iterchildren(_PREFIX + name))


def bpmn_child(element: Element, name: str) -> Element | None:
    """Return the first child of ``element`` that BPMN calls ``name``."""
    return next(element.iterchildren(_PREFIX + name), None)


def is_misspelt(namespace: str) -> bool:
    """Return whether ``namespace`` is that of BPMN but for its spelling: ``https``, a slash at the end, its case."""
    return namespace not in BPMN_NAMESPACES and bool(_MISSPELT.fullmatch(namespace))


def normalize_names(root: Element) -> None:
    """Give every element and attribute below ``root`` the names that the standard uses today.

    Elements of a draft's namespace, of a misspelt one, or of none, become elements of BPMN; undeclared prefixes count
    as what they usually mean.
    """
    own = split_name(root.tag)[0]
    for element in root.iter(etree.Element):
        namespace, local = split_name(element.tag)
        if namespace in BPMN_NAMESPACES or namespace in ("", own):
            element.tag = _PREFIX + local
        elif not element.tag.startswith("{"):
            element.tag = f"{{{namespace}}}{local}"
        for name in [name for name in element.attrib if isinstance(name, str) and ":" in name and name[0] != "{"]:
            namespace, local = split_name(name)
            if namespace in KNOWN_PREFIXES.values() and namespace not in BPMN_NAMESPACES:
                element.set(f"{{{namespace}}}{local}", element.attrib.pop(name))


def text_of(element: Element | None) -> str:
    """Return all text inside ``element`` without the white space around it; empty for ``None``."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def line_of(element: Element) -> int | None:
    """Return the line of an element, 1-based; the last one of its start tag."""
    line = element.sourceline
    return line if isinstance(line, int) else None


def one_line(text: str | None, limit: int = 250) -> str:
    """Return ``text`` in one line, without repeated white space, cut to ``limit`` characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
