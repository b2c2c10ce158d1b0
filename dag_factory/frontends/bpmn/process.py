"""One process of a file to the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.frontends.bpmn.choices import make_choices
from dag_factory.frontends.bpmn.expression_text import fields_of, or_null
from dag_factory.frontends.bpmn.flow_node import report_unknown_attributes
from dag_factory.frontends.bpmn.foreign_extensions import report_foreign_extensions
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.loose_start import loose_starts, report_loose_starts
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, line_of, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.schedule import read_schedule
from dag_factory.frontends.bpmn.scope import read_scope
from dag_factory.model.process import Process, Scope, Variable
from dag_factory.model.starts import is_start
from dag_factory.nodes.call import CallNode
from dag_factory.nodes.event import EventNode

MAX_VERSION = 100


def read_process(element: Element, dag_id: str, pool: str, reading: Reading) -> Process:
    """Return the process ``element`` as the model has it.

    :param pool: name of the pool that shows it, empty for none.
    """
    _report_process(element, reading)
    reading.initiators = set(_initiators(reading))
    is_ad_hoc = _is_ad_hoc(element, reading)
    scope = read_scope(reading.index.roots, reading, "ad_hoc" if is_ad_hoc else "embedded")
    if not is_ad_hoc:
        report_loose_starts(reading)
    version = reading.first(lambda vendor: vendor.version(element)) or "1.0"
    schedule = read_schedule(reading)
    process = Process(
        id=dag_id,
        element=element.get("id") or "",
        name=one_line(element.get("name")) or pool or dag_id,
        documentation="\n\n".join(filter(None, map(text_of, bpmn_children(element, "documentation")))),
        version=one_line(version, MAX_VERSION),
        tags=("bpmn",),
        scope=scope,
        variables=tuple(_declared(element, reading, begins_by_itself(scope, schedule))),
        schedule=schedule,
        join_is_explicit=True,
        has_open_variables=True,
        line=line_of(element),
    )
    return make_choices(process, reading.findings, begins_by_itself(scope, schedule))


def give_results(processes: list[Process]) -> list[Process]:
    """Return ``processes``, each giving back the variables that calls from the others take."""
    wanted: dict[str, set[str]] = {}
    for process in processes:
        for node in process.scope.walk():
            if isinstance(node.fields, CallNode):
                for expression in node.fields.outputs.values():
                    wanted.setdefault(node.fields.template, set()).update(fields_of("result", expression))
    return [
        replace(process, result=_result(wanted[process.id])) if wanted.get(process.id) else process
        for process in processes
    ]


def _result(names: set[str]) -> dict[str, str]:
    """Return the variables ``names`` as a result; one that no path has set is null."""
    return {name: or_null(name) for name in sorted(names) if is_variable_name(name)}


def _initiators(reading: Reading) -> Iterator[str]:
    """Yield the variables that hold who started the run."""
    for node in reading.index.walk():
        if node.kind == "startEvent":
            yield from (name for vendor in reading.vendors if (name := vendor.initiator(node.element)))


def begins_by_itself(scope: Scope, schedule: ScheduleSpec) -> bool:
    """Return whether a schedule or an event starts runs, for which nobody gives the inputs."""
    starts = (node.fields for node in scope.nodes if is_start(node))
    return schedule != ScheduleSpec() or any(isinstance(start, EventNode) for start in starts)


def _declared(element: Element, reading: Reading, begins_by_itself: bool) -> Iterator[Variable]:
    """Yield the inputs that data objects, start forms and questions declare, each name once.

    None is required where runs begin by themselves: such a run fails where it needs one that it does not have.
    """
    seen = set()
    declared = reading.all(lambda vendor: vendor.variables(element, reading.findings))
    for variable in (*reading.variables, *declared):
        if variable.name in seen:
            continue
        seen.add(variable.name)
        if variable.is_required and begins_by_itself:
            reading.findings.warning(
                "DF345",
                element,
                f"needs the input {variable.name!r}, which runs that begin by themselves have not: a"
                " condition counts as false, a wait fails",
                "start runs by hand, or draw what gives it a value",
            )
            variable = replace(variable, is_required=False)
        yield variable


def _is_ad_hoc(element: Element, reading: Reading) -> bool:
    """Whether people start the parts of the process by hand: jBPM's mark, where parts without a flow exist."""
    marked = any(str(name).endswith("}adHoc") and value == "true" for name, value in element.attrib.items())
    return marked and any(node.parent is None for node in loose_starts(reading))


def _report_process(element: Element, reading: Reading) -> None:
    reading.report_rest(element)
    report_foreign_extensions(element, reading.findings)
    report_unknown_attributes(element, reading.findings)
