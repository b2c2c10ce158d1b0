"""Small BPMN files for the tests, and short ways to read them."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import time
from pathlib import Path

from dag_factory.diagnostics import Severity
from dag_factory.frontends.bpmn.reader import read_bpmn
from dag_factory.frontends.read_result import ReadResult
from dag_factory.model.process import FlowNode, Process, SequenceFlow

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:flowable="http://flowable.org/bpmn"
  xmlns:activiti="http://activiti.org/bpmn" xmlns:drools="http://www.jboss.org/drools" id="defs" targetNamespace="t">
"""


def document(*parts: str) -> bytes:
    """Return a file that holds ``parts``."""
    return (HEAD + "\n".join(parts) + "\n</definitions>").encode()


def process(body: str, *, attributes: str = 'id="demo" isExecutable="true"') -> str:
    """Return a process element."""
    return f"<process {attributes}>{body}</process>"


def flow(source: str, target: str, condition: str | None = None, *, name: str = "", id: str = "") -> str:
    """Return a sequence flow element."""
    inner = "" if condition is None else f"<conditionExpression>{condition}</conditionExpression>"
    label = f' name="{name}"' if name else ""
    return f'<sequenceFlow id="{id or f"{source}_{target}"}" sourceRef="{source}" targetRef="{target}"{label}>{inner}</sequenceFlow>'


def between(node: str, node_id: str = "x") -> str:
    """Return ``node`` between a start and an end event."""
    return f'<startEvent id="s"/>{node}<endEvent id="e"/>{flow("s", node_id)}{flow(node_id, "e")}'


def read_in_time(content: bytes, folder: Path | None = None) -> ReadResult:
    """Return what a file says; it must be read within a second of processor time.

    A slow first time counts only when it is slow again: it may have paid for an import, or for a busy machine.
    """
    for _ in range(3):
        begin = time.process_time()
        result = read_bpmn("a.bpmn", content, folder)
        seconds = time.process_time() - begin
        if seconds < 1:
            return result
    raise AssertionError(f"the file took {seconds:.1f} s")


def read(content: bytes | str, *, name: str = "file.bpmn", folder: Path | None = None) -> ReadResult:
    """Read a whole file, or the body of a process."""
    return read_bpmn(name, document(process(content)) if isinstance(content, str) else content, folder)


def only(result: ReadResult) -> Process:
    """Return the only process that was read."""
    assert len(result.processes) == 1, result
    return result.processes[0]


def node_of(result: ReadResult, node_id: str = "x") -> FlowNode:
    """Return one flow node, wherever it is."""
    return next(node for node in only(result).scope.walk() if node.id == node_id)


def flows_of(result: ReadResult) -> dict[str, SequenceFlow]:
    """Return all sequence flows by their ids."""
    return {item.id: item for item in only(result).scope.walk_flows()}


def codes(result: ReadResult, *severities: Severity) -> list[str]:
    """Return the codes that were found, those of infos only where asked for."""
    wanted = severities or (Severity.ERROR, Severity.WARNING)
    return [item.code for item in result.diagnostics if item.severity in wanted]


def messages(result: ReadResult) -> str:
    """Return everything that was found, as it is printed."""
    return "\n".join(item.render("file.bpmn") for item in result.diagnostics)
