"""The decisions that the business rule tasks of a file can name: in the file itself, and in .dmn files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dag_factory.frontends.bpmn.namespaces import Element
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.xml_document import parse_any_xml
from dag_factory.frontends.dmn import find_decisions
from dag_factory.frontends.sibling_files import SiblingFileError, read_sibling

MAX_FILES = 200


def decisions_for(reading: Reading) -> dict[str, Element]:
    """Return the decisions by their ids; those of the file itself first, then by the names of the files.

    Every file that is looked at is recorded among the siblings of the template.
    """
    if reading.decisions is None:
        reading.decisions = dict(find_decisions(reading.process.getroottree().getroot()))
        for name in _names_beside(reading.folder):
            for key, element in _decisions_in(name, reading).items():
                reading.decisions.setdefault(key, element)
    return reading.decisions


def decision_id(name: str, model: str, known: Mapping[str, Element]) -> str:
    """Return the id of the decision that ``model`` calls ``name`` (or that has this id), empty where there is none."""
    inside = [key for key, element in known.items() if _model_of(element) == model]
    return next((key for key in inside if name in (key, known[key].get("name"))), "")


def _model_of(decision: Element) -> str:
    holder = next(decision.iterancestors("{*}definitions"), None)
    return "" if holder is None else holder.get("name") or ""


def _names_beside(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    try:
        return sorted(path.name for path in folder.glob("*.dmn"))[:MAX_FILES]
    except OSError:
        return []


def _decisions_in(name: str, reading: Reading) -> dict[str, Element]:
    try:
        text, reading.siblings[name] = read_sibling(reading.folder, name)
    except (SiblingFileError, OSError, ValueError):
        reading.siblings[name] = ""
        return {}
    root = parse_any_xml(text.encode()).root
    return {} if root is None else find_decisions(root)
