"""The compiler: a template's bytes to DagSpecs and diagnostics, in the order that stands here. Read this first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dag_factory.dag_spec import DagSpec
from dag_factory.diagnostics import Diagnostic, has_errors
from dag_factory.frontends.read_result import ReadResult
from dag_factory.lowering.copied_tails import MAX_COPIED_NODES, copy_tail
from dag_factory.lowering.extract_loops import extract_loops
from dag_factory.lowering.extract_repetitions import extract_repetitions, with_inputs
from dag_factory.lowering.flatten import flatten
from dag_factory.lowering.lower_process import lower_process
from dag_factory.lowering.multiple_events import split_multiple_events
from dag_factory.lowering.open_variables import declare_open_variables
from dag_factory.lowering.several_starts import split_several_starts
from dag_factory.lowering.starts import lower_starts
from dag_factory.model.exploration import Pattern, TooManyStatesError, explore
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.nodes.call import CALL_OPERATOR
from dag_factory.rules import check_flow, check_structure

TEMPLATE_SUFFIXES = (".json", ".bpmn", ".bpmn2", ".bpmn20.xml", ".bpmn.xml")
"""How the names of files in a templates folder end; the part after the last dot says the language."""
BPMN_SUFFIXES = (".bpmn", ".bpmn2", ".xml")


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template before it is read.

    :param name: its path below the templates folder, with ``/``; its suffix says the language.
    :param content: its bytes, of any kind.
    :param folder: the folder it lies in, where script files beside it are; ``None`` where it lies in none.
    """

    name: str
    content: bytes
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """What became of a template: no Dags where a diagnostic is an error.

    :param siblings: SHA-256 of each file beside the template that was read, by its name; empty where it could not be.
    """

    dags: tuple[DagSpec, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    siblings: dict[str, str] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        """Whether an error keeps it from becoming Dags."""
        return has_errors(self.diagnostics)


def compile_template(source: TemplateSource) -> CompiledTemplate:
    """Return the Dags of a template, and all that was found; never raises for what the file holds."""
    read = read_template_file(source)
    diagnostics = list(read.diagnostics)
    dags: list[DagSpec] = []
    for process in read.processes:
        specs, found = compile_process(process, source.name)
        diagnostics += found
        dags += specs
    placed = _with_lines(source, diagnostics)
    return CompiledTemplate(() if has_errors(placed) else tuple(dags), placed, read.siblings)


def compile_process(process: Process, template: str) -> tuple[tuple[DagSpec, ...], tuple[Diagnostic, ...]]:
    """Return the Dags of one process (its own, and one for each loop's body), none where it has errors, and the finds.

    Bodies are compiled before what contains them: the variables that they read are the inputs of their loops.
    """
    found = check_structure(process)
    if has_errors(found):
        return (), found
    if process.join_is_explicit:
        process = split_several_starts(split_multiple_events(process))
    process, start_notes = lower_starts(process)
    repeated, notes = extract_repetitions(process)
    parts = [part for one in repeated for part in extract_loops(one)]
    found += start_notes + notes
    dags: list[DagSpec] = []
    inputs: dict[str, frozenset[str]] = {}
    for part in reversed(parts):
        spec, more = _compile_part(with_inputs(part, inputs), template)
        found += more
        if spec is not None:
            inputs[part.id] = frozenset(param.name for param in spec.params)
            dags.append(spec)
    return (() if has_errors(found) else tuple(reversed(dags))), found


def _compile_part(process: Process, template: str) -> tuple[DagSpec | None, tuple[Diagnostic, ...]]:
    graph = flatten(process)
    patterns = _explore(graph)
    copied: tuple[Diagnostic, ...] = ()
    room = MAX_COPIED_NODES
    while tail := copy_tail(process, graph, patterns, room):
        process, room, copied = tail.process, room - tail.size, (*copied, tail.note)
        graph = flatten(process)
        patterns = _explore(graph)
    found = copied + check_flow(process, graph, patterns)
    process, notes = declare_open_variables(process, graph)
    found += notes if not process.is_part_of else ()
    if has_errors(found):
        return None, found
    return lower_process(process, graph, patterns, template), found


def _explore(graph: FlatGraph) -> dict[str, set[Pattern]]:
    """Return the patterns of ``graph``; nothing for a graph too large to explore, whose joins are then all guarded."""
    try:
        return explore(graph)
    except TooManyStatesError:
        return {}


def read_template_file(source: TemplateSource) -> ReadResult:
    """Return what a template says, before anything is checked; never raises for what the file holds."""
    suffix = PurePosixPath(source.name).suffix.lower()
    if suffix == ".json":
        from dag_factory.frontends.json_template import read_json

        return read_json(source.name, source.content, source.folder)
    if suffix in BPMN_SUFFIXES:
        from dag_factory.frontends.bpmn.reader import read_bpmn

        return read_bpmn(source.name, source.content, source.folder)
    return ReadResult(
        diagnostics=(
            Diagnostic(
                code="DF007",
                message=f"a template file ends in {' or '.join(TEMPLATE_SUFFIXES)}",
                remedy="rename the file",
            ),
        )
    )


def _with_lines(source: TemplateSource, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    diagnostics = tuple(diagnostics)
    if all(item.line is not None or item.pointer is None for item in diagnostics):
        return diagnostics
    from dag_factory.frontends.json_template import add_lines

    return add_lines(diagnostics, source.content)


def check_together(compiled: Mapping[str, CompiledTemplate]) -> dict[str, tuple[Diagnostic, ...]]:
    """Return what only the templates of a folder together show, by template: equal Dag ids, calls in a circle.

    :param compiled: the folder's templates by their names.
    """
    found: dict[str, list[Diagnostic]] = {}
    for check in (_duplicate_dag_ids, _circular_calls):
        for name, diagnostic in check(compiled):
            found.setdefault(name, []).append(diagnostic)
    return {name: tuple(items) for name, items in found.items()}


def _duplicate_dag_ids(compiled: Mapping[str, CompiledTemplate]) -> Iterable[tuple[str, Diagnostic]]:
    owners: dict[str, list[str]] = {}
    for name in sorted(compiled):
        for dag in compiled[name].dags:
            owners.setdefault(dag.dag_id, []).append(name)
    for dag_id, names in owners.items():
        for name in names if len(names) > 1 else ():
            others = ", ".join(other for other in names if other != name) or name
            yield (
                name,
                Diagnostic(
                    code="DF106",
                    message=f"the Dag id {dag_id!r} is also used by {others}",
                    remedy="give one of them another `id`",
                    element=dag_id,
                ),
            )


def _circular_calls(compiled: Mapping[str, CompiledTemplate]) -> Iterable[tuple[str, Diagnostic]]:
    owners = {dag.dag_id: (name, dag) for name in sorted(compiled) for dag in compiled[name].dags}
    calls = {dag_id: _called(dag) for dag_id, (_, dag) in owners.items()}
    for dag_id, (name, _) in owners.items():
        path = _path_back(dag_id, calls)
        if path:
            yield (
                name,
                Diagnostic(
                    code="DF114",
                    message=f"templates call each other in a circle: {' -> '.join(path)}",
                    remedy="remove one of the calls; a run would never end",
                    element=dag_id,
                ),
            )


def _called(dag: DagSpec) -> list[str]:
    return [task.arguments["dag_id"] for task in dag.tasks if task.operator == CALL_OPERATOR]


def _path_back(start: str, calls: Mapping[str, list[str]]) -> list[str]:
    """Return a path of calls from ``start`` to itself, or nothing."""
    ahead = [[start, called] for called in calls[start]]
    seen: set[str] = set()
    while ahead:
        path = ahead.pop()
        if path[-1] == start:
            return path
        if path[-1] not in seen:
            seen.add(path[-1])
            ahead += [[*path, called] for called in calls.get(path[-1], ())]
    return []
