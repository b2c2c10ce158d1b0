"""Qualified names of BPMN files: which namespaces mean BPMN, and the local name of an element in one of them."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

Element = etree._Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN_NAMESPACES = frozenset({BPMN, "http://schema.omg.org/spec/BPMN/2.0"})
"""The namespace of the standard, and the one of its drafts."""

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


@lru_cache(maxsize=4096)
def _bpmn_name(tag: str) -> str:
    namespace, local = split_name(tag)
    return local if namespace in BPMN_NAMESPACES or not namespace else ""


def bpmn_name(element: Element) -> str:
    """Return the local name of an element of BPMN, empty for an element of another language.

    An element without any namespace counts as BPMN: the reader warns once about such files.
    """
    return _bpmn_name(element.tag) if isinstance(element.tag, str) else ""


def bpmn_children(element: Element, name: str) -> list[Element]:
    """Return the children of ``element`` that BPMN calls ``name``, in file order."""
    return [child for child in element if bpmn_name(child) == name]


def bpmn_child(element: Element, name: str) -> Element | None:
    """Return the first child of ``element`` that BPMN calls ``name``."""
    return next((child for child in element if bpmn_name(child) == name), None)


def text_of(element: Element | None) -> str:
    """Return all text inside ``element`` without the white space around it; empty for ``None``."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def one_line(text: str | None, limit: int = 250) -> str:
    """Return ``text`` in one line, without repeated white space, cut to ``limit`` characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
