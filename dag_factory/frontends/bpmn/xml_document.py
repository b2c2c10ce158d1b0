"""The bytes of a file to an XML tree, safely: nothing is fetched, nothing expands, bad files give diagnostics."""

from __future__ import annotations

import codecs
import re
from typing import Any, NamedTuple

from lxml import etree

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.frontends.bpmn.namespaces import (
    BPMN,
    BPMN_NAMESPACES,
    Element,
    is_misspelt,
    line_of,
    normalize_names,
    split_name,
)

MAX_BYTES = 10_485_760
"""Largest file that is read: fifty times the largest real one seen."""

_PROLOG = re.compile(r"(?>\s+|<\?(?>[^?]|\?(?!>))*+\?>|<!--(?>[^-]|-(?!->))*+-->)*+<!DOCTYPE")
_DECLARATION = re.compile(r"\A\s*<\?xml(?>[^?]|\?(?!>))*+\?>")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class XmlDocument(NamedTuple):
    """The root element, ``None`` where the file cannot be used, and what was found."""

    root: Element | None
    diagnostics: list[Diagnostic]


def parse_xml(content: bytes) -> XmlDocument:
    """Return the tree of ``content``, of which the root is ``definitions`` of BPMN; else as :func:`parse_any_xml`."""
    parsed = parse_any_xml(content)
    return parsed if parsed.root is None else _check_root(parsed)


def parse_any_xml(content: bytes) -> XmlDocument:
    """Return the tree of ``content``, whatever its root is.

    First strictly; where only the declared encoding or the namespaces are wrong, once more without them, with a
    warning. A document type, too much nesting and too many bytes are refused.
    """
    if len(content) > MAX_BYTES:
        return _refuse(
            "DF004",
            f"the file has {len(content):,} bytes, more than the {MAX_BYTES:,} allowed",
            "split it, or remove embedded images",
        )
    if _has_doctype(content):
        return _doctype()
    parsed = _parse_strictly(content)
    if parsed.root is None:
        parsed = _parse_again(content, parsed)
    if parsed.root is None:
        return parsed
    return _doctype() if _declares_type(parsed.root) else parsed


def _parser(*, encoding: str | None = None, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _parse_strictly(content: bytes, encoding: str | None = None) -> XmlDocument:
    parser = _parser(encoding=encoding)
    try:
        return XmlDocument(etree.fromstring(content, parser), [])
    except etree.XMLSyntaxError as error:
        return XmlDocument(None, [_syntax(error)])
    except (ValueError, LookupError) as error:
        return _refuse("DF001", f"not readable XML: {error}", "export the file again")


def _parse_again(content: bytes, strict: XmlDocument) -> XmlDocument:
    """Return the tree of a file that is only slightly wrong, with a warning; else what ``strict`` found."""
    if strict.diagnostics[0].code == "DF004":
        return strict
    with_prefixes = _parse_with_bad_namespaces(content, None, strict)
    if with_prefixes.root is not None:
        return with_prefixes
    decoded = _decode(content)
    if decoded is None:
        return strict
    text, encoding = decoded
    text = text.lstrip("\ufeff")
    repaired = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text).encode("utf-8", "replace")
    again = _parse_strictly(repaired, "utf-8")
    if again.root is None:
        again = _parse_with_bad_namespaces(repaired, "utf-8", strict)
    if again.root is None:
        return strict
    problem = f"the XML declaration is wrong; the file was read as {encoding}"
    return XmlDocument(again.root, [_repaired(problem, "save it as UTF-8"), *again.diagnostics])


def _parse_with_bad_namespaces(content: bytes, encoding: str | None, strict: XmlDocument) -> XmlDocument:
    parser = _parser(encoding=encoding, recover=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return strict
    errors = [entry for entry in parser.error_log if entry.level_name in ("ERROR", "FATAL")]
    if (
        root is None
        or not errors
        or any(entry.level_name == "FATAL" or entry.domain_name != "NAMESPACE" for entry in errors)
    ):
        return strict
    problem = f"a namespace is wrong ({_clean(errors[0].message)}); known prefixes were read as what they usually mean"
    return XmlDocument(root, [_repaired(problem, "declare the prefix on the root element", errors[0].line)])


def _decode(content: bytes) -> tuple[str, str] | None:
    """Return text and encoding of a file whose declaration cannot be trusted, ``None`` for bytes that are no text."""
    guesses = [name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)][:1]
    for encoding in guesses or ("utf-8", "windows-1252", "iso-8859-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (text, encoding) if "\0" not in text else None
    return None


def _has_doctype(content: bytes) -> bool:
    head = content[:100_000]
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "iso-8859-1")
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    return bool(_PROLOG.match(text))


def _declares_type(root: Element) -> bool:
    docinfo: Any = root.getroottree().docinfo
    return bool(docinfo.doctype) or docinfo.internalDTD is not None


def _check_root(parsed: XmlDocument) -> XmlDocument:
    root = parsed.root
    assert root is not None
    namespace, local = split_name(root.tag)
    is_bpmn = not namespace or namespace in BPMN_NAMESPACES or is_misspelt(namespace)
    if local == "process" and is_bpmn:
        return _check_root(_with_definitions(parsed))
    if local != "definitions" or not is_bpmn:
        what = f"{local!r} of {namespace!r}" if namespace else repr(local)
        return _refuse(
            "DF010",
            f"this is not a BPMN 2.0 file: its root element is {what}",
            "export the diagram as BPMN 2.0 XML",
            line_of(root),
        )
    diagnostics = parsed.diagnostics
    if not namespace:
        problem = "the root element is in no namespace; the file was read as BPMN 2.0"
        diagnostics = [*diagnostics, _repaired(problem, "declare xmlns", line_of(root))]
    elif is_misspelt(namespace):
        problem = f"the namespace {namespace[:200]!r} is that of BPMN, misspelt; the file was read as BPMN 2.0"
        diagnostics = [*diagnostics, _repaired(problem, f"write {BPMN}", line_of(root))]
    if diagnostics or namespace != BPMN:
        normalize_names(root)
    return XmlDocument(root, diagnostics)


def _with_definitions(parsed: XmlDocument) -> XmlDocument:
    """Return a file that consists of one process as one that holds it."""
    process = parsed.root
    assert process is not None
    namespace, _ = split_name(process.tag)
    root = etree.Element(f"{{{namespace or BPMN}}}definitions")
    root.append(process)
    problem = "the root element is a process; it was read as the only one of the file"
    return XmlDocument(root, [*parsed.diagnostics, _repaired(problem, "put it into definitions", line_of(process))])


def _syntax(error: etree.XMLSyntaxError) -> Diagnostic:
    message = _clean(error.msg or str(error))
    if "depth in document" in message or "limit exceeded" in message:
        return Diagnostic(
            code="DF004",
            message="the XML is nested too deeply, or one of its texts is too long",
            remedy="make it flatter, or move large texts into files",
            line=error.lineno or None,
        )
    return Diagnostic(
        code="DF001", message=f"not readable XML: {message}", remedy="export the file again", line=error.lineno or None
    )


def _clean(message: str) -> str:
    return " ".join(re.sub(r"\(<string>, line \d+\)", "", message).split())[:300]


def _doctype() -> XmlDocument:
    return _refuse("DF002", "the file has a document type (DOCTYPE), which is not allowed", "remove the DOCTYPE")


def _refuse(code: str, message: str, remedy: str, line: int | None = None) -> XmlDocument:
    return XmlDocument(None, [Diagnostic(code=code, message=message, remedy=remedy, line=line)])


def _repaired(message: str, remedy: str, line: int | None = None) -> Diagnostic:
    return Diagnostic(code="DF003", severity=Severity.WARNING, message=message, remedy=remedy, line=line)
