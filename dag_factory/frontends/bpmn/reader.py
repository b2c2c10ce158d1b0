"""The BPMN frontend: a file's bytes to processes and diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dag_factory.diagnostics import Diagnostic
from dag_factory.frontends.bpmn.collaboration import read_collaboration
from dag_factory.frontends.bpmn.definitions import Definitions
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.flow_index import index_process
from dag_factory.frontends.bpmn.message_flows import read_message_flows
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, line_of
from dag_factory.frontends.bpmn.own_format import OWN, own_template
from dag_factory.frontends.bpmn.process import give_results, read_process
from dag_factory.frontends.bpmn.process_choice import choose_processes, is_executable
from dag_factory.frontends.bpmn.process_dag_id import choose_dag_ids
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor
from dag_factory.frontends.bpmn.xml_document import parse_xml
from dag_factory.frontends.json_template import read_template
from dag_factory.frontends.read_result import ReadResult
from dag_factory.model.process import Process, Scope


def read_bpmn(name: str, content: bytes, folder: Path | None) -> ReadResult:
    """Return what the BPMN file ``name`` says; never raises for what the file holds.

    :param name: the file's path below the templates folder, with ``/``.
    :param content: the file's bytes, of any kind: bad ones give diagnostics.
    :param folder: where script files beside the template are; ``None`` for nowhere.
    """
    document = parse_xml(content)
    if document.root is None:
        return ReadResult(diagnostics=tuple(document.diagnostics))
    if OWN.encode() in content and (own := _read_own(name, document.root, folder)):
        return own
    findings = Findings(document.diagnostics)
    siblings: dict[str, str] = {}
    processes = _read_processes(name, document.root, content, folder, findings, siblings)
    return ReadResult(tuple(processes), tuple(_in_file_order(findings.diagnostics)), siblings)


def _read_own(name: str, root: Element, folder: Path | None) -> ReadResult | None:
    """Return the process of a file that ``templates convert`` wrote, ``None`` for a file that it did not write."""
    for process in bpmn_children(root, "process"):
        try:
            template = own_template(process)
        except (ValueError, RecursionError) as error:
            message = f"an extension of this file cannot be read: {error}"
            return ReadResult(diagnostics=(Diagnostic(code="DF013", message=message, remedy="convert the file again"),))
        if template is not None:
            read = read_template(name, template, folder)
            lines = {element.get("id") or "": line_of(element) for element in process.iter("{*}*")}
            return replace(
                read,
                processes=tuple(_with_lines(item, lines) for item in read.processes),
                diagnostics=tuple(
                    replace(item, line=lines.get(item.element), pointer=None) for item in read.diagnostics
                ),
            )
    return None


def _with_lines(process: Process, lines: Mapping[str, int | None]) -> Process:
    return replace(process, line=lines.get(process.id), pointer=None, scope=_scope_with_lines(process.scope, lines))


def _scope_with_lines(scope: Scope, lines: Mapping[str, int | None]) -> Scope:
    nodes = (
        replace(
            node,
            line=lines.get(node.id),
            pointer=None,
            scope=_scope_with_lines(node.scope, lines) if node.scope else None,
        )
        for node in scope.nodes
    )
    flows = (replace(flow, line=lines.get(flow.source), pointer=None) for flow in scope.flows)
    return replace(scope, nodes=tuple(nodes), flows=tuple(flows))


def _read_processes(
    name: str, root: Element, content: bytes, folder: Path | None, findings: Findings, siblings: dict[str, str]
) -> list[Process]:
    pools = read_collaboration(root, findings).pools
    elements = choose_processes(root, findings)
    if not elements:
        findings.error("DF011", root, "holds no process with flow nodes", "draw one; choreographies cannot run")
        return []
    definitions, vendors = Definitions.of(root), _vendors_in(content)
    message_flows = read_message_flows(root, definitions, findings)
    dag_ids = choose_dag_ids(name, [(element, pools.get(element.get("id") or "", "")) for element in elements])
    by_process_id = {element.get("id") or "": dag_id for element, dag_id in dag_ids.items()}
    processes = []
    for element in elements:
        index = index_process(element, findings)
        if index.is_too_large:
            continue
        reading = Reading(
            process=element,
            definitions=definitions,
            findings=findings,
            vendors=vendors,
            dag_ids=by_process_id,
            index=index,
            is_executable=is_executable(element),
            folder=folder,
            siblings=siblings,
            message_flows=message_flows,
        )
        pool = pools.get(element.get("id") or "", "")
        processes.append(read_process(element, dag_ids[element], pool, reading))
    return give_results(processes)


def _vendors_in(content: bytes) -> tuple[Vendor, ...]:
    """Return the vendors of whom the file may hold anything; BPMN's own words come last."""
    used = [VENDORS[name] for name in VENDORS if name != "standard" and VENDORS[name].is_used_in(content)]
    return (*used, VENDORS["standard"])


def _in_file_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda item: item.line or 0)
