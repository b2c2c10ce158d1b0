"""Which processes of a file become Dags."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, bpmn_name


def choose_processes(root: Element, findings: Findings) -> list[Element]:
    """Return the executable processes and what they call; where none is executable, all that have flow nodes."""
    drawn = []
    for process in bpmn_children(root, "process"):
        if any(bpmn_name(child) in ELEMENTS for child in process):
            drawn.append(process)
        else:
            findings.info("DF172", process, "has no flow nodes and becomes no Dag")
    chosen = [process for process in drawn if is_executable(process)]
    if not chosen:
        return drawn
    _add_called(chosen, drawn)
    for process in drawn:
        if process not in chosen:
            findings.info(
                "DF173",
                process,
                "is not executable, and becomes no Dag, since another process of the file is",
                "mark it executable",
            )
    return [process for process in drawn if process in chosen]


def is_executable(process: Element) -> bool:
    """Return whether the process says that it is meant to run."""
    return process.get("isExecutable") in ("true", "1")


def _add_called(chosen: list[Element], drawn: list[Element]) -> None:
    by_id = {process.get("id"): process for process in drawn}
    for process in chosen:
        for call in process.iter("{*}callActivity"):
            for name in (call.get("calledElement"), *(item.get("processId") for item in call.iter("{*}calledElement"))):
                called = by_id.get(name, by_id.get(name.rpartition(":")[2])) if name else None
                if called is not None and called not in chosen:
                    chosen.append(called)
