"""The JSON frontend: a JSON template's bytes to a process and diagnostics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dag_factory.diagnostics import Diagnostic
from dag_factory.frontends.dag_id import dag_id_from
from dag_factory.frontends.json_format import BPMN_ONLY, COMPILER_ONLY, VariableModel, template_model
from dag_factory.frontends.json_positions import duplicate_keys, lines_of, write_pointer
from dag_factory.frontends.read_result import ReadResult
from dag_factory.frontends.sibling_files import SiblingFileError, read_sibling
from dag_factory.frontends.triggers import read_triggers
from dag_factory.model.process import FlowNode, Process, Repetition, Scope, SequenceFlow, Variable
from dag_factory.nodes.agent import AgentActivity, AgentRequirement
from dag_factory.nodes.base import NODE_TYPES, Activity, NodeFields
from dag_factory.nodes.group import GroupNode
from dag_factory.nodes.script import ScriptNode

MAX_BYTES = 1_048_576
MAX_VALUES = 50_000
MAX_DEPTH = 100
MAX_NODES = 1_000
MAX_EDGES = 5_000
MAX_FINDINGS = 200

_NOT_WRITTEN = BPMN_ONLY | COMPILER_ONLY
"""Node types that no author of a JSON template needs."""


def read_json(name: str, content: bytes, folder: Path | None) -> ReadResult:
    """Return what the JSON template ``name`` says.

    :param name: the file's path below the templates folder, with ``/``.
    :param content: the file's bytes, of any kind: bad ones give diagnostics.
    :param folder: where script files beside the template are; ``None`` for nowhere.
    """
    decoded = _decode(content)
    if isinstance(decoded, Diagnostic):
        return ReadResult(diagnostics=(decoded,))
    text, data, has_repeated_key = decoded
    if has_repeated_key:
        repeated = islice(duplicate_keys(text), MAX_FINDINGS)
        return ReadResult(diagnostics=tuple(_duplicate_key(*found) for found in repeated))
    read = read_template(name, data, folder)
    return replace(read, diagnostics=_with_lines(read.diagnostics, text)) if read.diagnostics else read


def read_template(name: str, data: Any, folder: Path | None) -> ReadResult:
    """Return what the data of a JSON template say; what is found has pointers, and no lines yet."""
    try:
        template = template_model().model_validate(data)
    except ValidationError as error:
        found = [_shape_error(item, data) for item in error.errors(include_url=False)[:MAX_FINDINGS]]
        return ReadResult(diagnostics=tuple(found))
    if too_many := _too_many(template):
        return ReadResult(diagnostics=(too_many,))
    builder = _Builder(name, folder)
    process = builder.process(template)
    return ReadResult((process,), tuple(builder.diagnostics), builder.siblings)


def add_lines(diagnostics: Sequence[Diagnostic], content: bytes) -> tuple[Diagnostic, ...]:
    """Return ``diagnostics`` with the line that each pointer stands for in the JSON text ``content``."""
    return _with_lines(diagnostics, content.decode("utf-8-sig"))


def _with_lines(diagnostics: Sequence[Diagnostic], text: str) -> tuple[Diagnostic, ...]:
    lines = lines_of(text, {item.pointer for item in diagnostics if item.line is None and item.pointer is not None})
    return tuple(
        replace(item, line=lines[item.pointer]) if item.line is None and item.pointer is not None else item
        for item in diagnostics
    )


def _decode(content: bytes) -> tuple[str, Any, bool] | Diagnostic:
    """Return text, data and whether some object has a key twice; or what keeps them from being read."""
    if len(content) > MAX_BYTES:
        return Diagnostic(
            code="DF004",
            message=f"the file has {len(content):,} bytes, more than the {MAX_BYTES:,} allowed",
            remedy="split the template, or move scripts into files beside it",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Diagnostic(
            code="DF005",
            message=f"the file is not UTF-8 text (byte {error.start})",
            remedy="save it as UTF-8",
            line=content[: error.start].count(b"\n") + 1,
        )
    has_repeated_key = False

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_repeated_key
        built = dict(pairs)
        has_repeated_key |= len(built) < len(pairs)
        return built

    try:
        data = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=build)
        return _too_large(data) or _unusable_character(text, data) or (text, data, has_repeated_key)
    except json.JSONDecodeError as error:
        return Diagnostic(
            code="DF001",
            message=f"not valid JSON: {error.msg} (column {error.colno})",
            remedy="correct the syntax",
            line=error.lineno,
        )
    except RecursionError:
        return _NESTED_TOO_DEEPLY
    except ValueError as error:
        return Diagnostic(
            code="DF002", message=f"a number cannot be read: {error}", remedy="write a finite number, or a string"
        )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:40]} is out of range")
    return number


_NESTED_TOO_DEEPLY = Diagnostic(
    code="DF004", message=f"the JSON is nested more than {MAX_DEPTH} levels deep", remedy="make it flatter"
)


def _too_large(data: Any) -> Diagnostic | None:
    """Return a diagnostic for data that are too deep or too many to be a template; without recursion."""
    level, depth, count = [data], 0, 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        count += len(level)
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    if count > MAX_VALUES:
        return Diagnostic(
            code="DF004",
            message=f"the file holds more than the {MAX_VALUES:,} values allowed",
            remedy="split the template, or read large data when it runs",
        )
    return _NESTED_TOO_DEEPLY if level else None


_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_UNUSABLE_ESCAPE = re.compile(r"\\u(0000|[dD][89a-fA-F])")


def _unusable_character(text: str, data: Any) -> Diagnostic | None:
    """Return what is wrong where a string holds NUL or half of a surrogate pair, which no database stores."""
    escape = _UNUSABLE_ESCAPE.search(text)
    if escape is None or not any(_UNUSABLE.search(string) for string in _strings(data)):
        return None
    return Diagnostic(
        code="DF005",
        message="a string holds the character U+0000 or half of a surrogate pair, which is no text",
        remedy=r"remove the escape \u0000, \ud8.. or \udc..",
        line=text.count("\n", 0, escape.start()) + 1,
    )


def _strings(data: Any) -> Iterator[str]:
    """Yield every string of JSON data, keys included; without recursion."""
    ahead = [data]
    while ahead:
        value = ahead.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            ahead += [*value, *value.values()]
        elif isinstance(value, list):
            ahead += value


def _too_many(template: Any) -> Diagnostic | None:
    """Return a diagnostic for a template of more nodes or edges than Airflow's graph and scheduler can be asked for."""
    nodes = edges = 0
    ahead = [template]
    while ahead:
        part = ahead.pop()
        inside = [*getattr(part, "nodes", ()), *getattr(part, "children", ())]
        nodes += len(inside)
        edges += len(getattr(part, "edges", ()))
        ahead += inside
    if nodes <= MAX_NODES and edges <= MAX_EDGES:
        return None
    return Diagnostic(
        code="DF004",
        message=f"the template has {nodes:,} nodes and {edges:,} edges, more than the {MAX_NODES:,} and {MAX_EDGES:,}"
        " allowed",
        remedy="split it, and let one template `call` the others",
    )


def _duplicate_key(pointer: str, line: int) -> Diagnostic:
    key = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    return Diagnostic(
        code="DF006",
        message=f"the key {key!r} stands twice in the same object",
        remedy="remove one of the two; which one would count is not defined",
        line=line,
        pointer=pointer,
    )


def _shape_error(error: ErrorDetails, data: Any) -> Diagnostic:
    """Return a diagnostic for one of pydantic's errors, with the place in the words of the template."""
    value, path, element = data, [], ""
    for part in error["loc"]:
        is_tag = isinstance(part, str) and isinstance(value, dict) and value.get("type") == part and part not in value
        if is_tag:
            continue
        path.append(part)
        value = _child(value, part)
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            element = value["id"]
    return Diagnostic(
        code="DF100",
        message=f"{_place(path, element)}: {_reason(error)}",
        remedy=_remedy(error),
        element=element,
        pointer=write_pointer(path),
    )


def _child(value: Any, part: int | str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _place(path: Sequence[int | str], element: str) -> str:
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    if element:
        return f"node {element!r}, {dotted}"
    return dotted or "the template"


def _reason(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this required field is missing"
        case "extra_forbidden":
            return "there is no such field"
        case "union_tag_not_found":
            return "the required field `type` is missing"
        case "union_tag_invalid":
            return f"unknown type {error['ctx']['tag']!r}"
    return error["msg"].removeprefix("Value error, ")


def _remedy(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "remove it, or correct its spelling"
        case "union_tag_invalid":
            known = [
                name for name in re.findall(r"'([^']+)'", error["ctx"]["expected_tags"]) if name not in _NOT_WRITTEN
            ]
            near = get_close_matches(error["ctx"]["tag"], known, n=1)
            return f"write {near[0]!r}" if near else f"write one of {', '.join(known)}"
        case "union_tag_not_found":
            return f"add it, one of {', '.join(name for name in NODE_TYPES if name not in _NOT_WRITTEN)}"
        case "missing":
            return f"add `{error['loc'][-1]}`"
    return "see docs/template-reference.md"


class _Builder:
    """Builds the process of one template, collecting what it finds."""

    def __init__(self, name: str, folder: Path | None) -> None:
        self.name = name
        self.folder = folder
        self.diagnostics: list[Diagnostic] = []
        self.siblings: dict[str, str] = {}
        self.agents: dict[str, AgentRequirement] = {}

    def process(self, template: Any) -> Process:
        self.agents = template.agents
        dag_id = template.id or dag_id_from(PurePosixPath(self.name).stem)
        schedule, found = read_triggers(template.triggers)
        self.diagnostics += found
        return Process(
            id=dag_id,
            element=dag_id,
            name=template.name,
            documentation=template.description,
            version=template.version,
            tags=tuple(dict.fromkeys(template.tags)),
            scope=self.scope(template.nodes, template.edges, ""),
            variables=tuple(_variable(item) for item in template.variables),
            schedule=schedule,
            result=template.result or None,
            timeout_seconds=template.timeout_seconds,
            max_active_runs=template.max_active_runs,
            join_is_explicit=template.semantics == "bpmn",
            has_open_variables=template.semantics == "bpmn",
            pointer="",
        )

    def scope(self, nodes: Sequence[Any], edges: Sequence[Any], pointer: str) -> Scope:
        return Scope(
            nodes=tuple(self.node(node, f"{pointer}/nodes/{index}") for index, node in enumerate(nodes)),
            flows=tuple(_flow(edge, index, pointer) for index, edge in enumerate(edges)),
        )

    def node(self, fields: Any, pointer: str) -> FlowNode:
        scope = None
        if isinstance(fields, AgentActivity):
            fields = fields.with_default_agent(self.agents.get(fields.type_name))
        if fields.type_name == "group":
            scope = replace(self.scope(fields.nodes, fields.edges, pointer), kind=fields.kind)
        elif fields.type_name == "parallel":
            scope = Scope(nodes=tuple(self.children(fields, pointer)))
        elif isinstance(fields, ScriptNode) and fields.file is not None:
            fields = self.with_script(fields, pointer)
        repetition = Repetition(**fields.repeat.model_dump()) if fields.repeat else None
        place = {"join": "", "lane": "", "repeat": None}
        return FlowNode(
            id=fields.id,
            fields=(GroupNode(**_shared(fields)) if isinstance(fields, GroupNode) else fields.model_copy(update=place)),
            scope=scope,
            repetition=repetition,
            join=fields.join,
            lane=fields.lane,
            pointer=pointer,
        )

    def children(self, parallel: Any, pointer: str) -> Iterator[FlowNode]:
        for index, child in enumerate(parallel.children):
            if isinstance(child, Activity):
                child = child.model_copy(
                    update={
                        "timeout_seconds": child.timeout_seconds or parallel.timeout_seconds,
                        "retries": parallel.retries if child.retries is None else child.retries,
                    }
                )
            yield self.node(child, f"{pointer}/children/{index}")

    def with_script(self, fields: ScriptNode, pointer: str) -> ScriptNode:
        assert fields.file is not None
        try:
            text, digest = read_sibling(self.folder, fields.file)
        except SiblingFileError as error:
            self.diagnostics.append(
                Diagnostic(
                    code="DF112",
                    message=f"node {fields.id!r}: the script file {error}",
                    element=fields.id,
                    pointer=f"{pointer}/file",
                )
            )
            self.siblings[fields.file] = ""
            return fields
        self.siblings[fields.file] = digest
        return fields.model_copy(update={"script": text, "file": None})


def _shared(fields: NodeFields) -> dict[str, str]:
    """Return what a group says beside its nodes and its place in the flow."""
    return {"id": fields.id, "name": fields.name, "description": fields.description}


def _variable(model: VariableModel) -> Variable:
    keywords = {
        "minimum": model.minimum,
        "maximum": model.maximum,
        "minLength": model.min_length,
        "maxLength": model.max_length,
        "pattern": model.pattern,
        "items": model.items,
    }
    return Variable(
        name=model.name,
        type=model.type,
        default=model.default,
        is_required=model.required,
        title=model.title,
        description=model.description,
        choices=tuple(model.choices),
        constraints={key: value for key, value in keywords.items() if value is not None} or None,
    )


def _flow(edge: Any, index: int, pointer: str) -> SequenceFlow:
    return SequenceFlow(
        id=f"{edge.source}-{edge.target}-{index}",
        source=edge.source,
        target=edge.target,
        name=edge.name,
        condition=edge.condition,
        choice=edge.choice,
        is_default=edge.default,
        pointer=f"{pointer}/edges/{index}",
    )
