"""Dag ids of the processes of a file: the process id where a person gave it, else the file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from dag_factory.frontends.bpmn.namespaces import Element, one_line
from dag_factory.frontends.dag_id import dag_id_from

_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_GENERATED = re.compile(
    rf"""
      .*{_UUID}.*                                     # Signavio, Trisotech, Camunda pools, ibo
    | sid-.*                                          # Signavio, Flowable
    | _[0-9]+(?:[-_.][0-9]+)*                         # Adonis, Yaoqiang
    | _[A-Za-z0-9_-]{{22}}                            # Eclipse
    | (?:new[-_ ]?|my[-_ ]?)?(?:bpmn[-_]?)?(?:process|pool|workflow|proc|p|wfp|id|participant|collaboration)?
      [-_]?[0-9][0-9a-z]{{0,9}}(?:[-_][0-9]*)*        # Process_1, Process_0abc123, WFP-6-1, P_16604
    | (?:new|my)?[-_ ]?process[-_]?[0-9]*             # process, newProcess
    | WFP-.* | EAID_.* | PROCESS_[0-9]+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_generated(process_id: str) -> bool:
    """Return whether ``process_id`` looks like a modeller's own invention, which says nothing to people."""
    return not process_id or bool(_GENERATED.fullmatch(process_id))


def choose_dag_ids(file_name: str, processes: Sequence[tuple[Element, str]]) -> dict[Element, str]:
    """Return a Dag id for each process.

    :param file_name: the file's path below the templates folder, with ``/``.
    :param processes: each process element, with the name of its pool or an empty string.
    """
    stem = _stem(file_name)
    unnamed = [element for element, _ in processes if is_generated(_id(element))]
    chosen: dict[Element, str] = {}
    for element, pool in processes:
        if element not in unnamed:
            wanted = _id(element)
        elif len(unnamed) == 1:
            wanted = stem
        else:
            label = one_line(element.get("name")) or one_line(pool) or str(unnamed.index(element) + 1)
            wanted = f"{stem}.{_slug(label) or unnamed.index(element) + 1}"
        chosen[element] = _unused(dag_id_from(wanted), set(chosen.values()))
    return chosen


def _id(element: Element) -> str:
    return (element.get("id") or "").strip()


def _stem(file_name: str) -> str:
    name = PurePosixPath(file_name).name
    return re.sub(r"(?i)\.(bpmn20|bpmn2|bpmn|xml)$", "", re.sub(r"(?i)\.(xml|bpmn)$", "", name)) or "process"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:80]


def _unused(dag_id: str, taken: set[str]) -> str:
    number, candidate = 1, dag_id
    while candidate in taken:
        number += 1
        candidate = f"{dag_id[:190]}.{number}"
    return candidate
