"""Writes docs/template-reference.md from the models that check templates: ``python docs/generate_reference.py``."""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dag_factory.frontends import json_format, json_template
from dag_factory.nodes.agent import AgentActivity, AgentRequirement
from dag_factory.nodes.base import NODE_TYPES, Activity, Marker, NodeFields
from dag_factory.nodes.decision import DecisionRule
from dag_factory.nodes.manual import FormField
from dag_factory.nodes.script import ExitCodes

DOCS = Path(__file__).parent
PAGE = DOCS / "template-reference.md"
EXAMPLES = DOCS / "examples"

HEAD = f"""# Template reference

Every field of a JSON template. This page is generated from the models that check templates, so it is complete;
`python docs/generate_reference.py` writes it anew. The same models are published as JSON Schema in
[schema/template.schema.json](schema/template.schema.json): name it in `$schema` and an editor completes and checks.

A template is one JSON object in UTF-8 in a file that ends in `.json`, of at most {json_template.MAX_BYTES:,} bytes,
{json_template.MAX_NODES:,} nodes and {json_template.MAX_EDGES:,} edges. A field that is not listed here is an error,
and so is a key that stands twice. What is wrong with a template is said in [diagnostics](diagnostics.md), each with a
code.

In the tables below the default `required` means that the field must be given. Fields marked *text* take
`${{expressions}}`, fields marked *expression* hold one: see [expressions](expressions.md). The words used here are in
the [glossary](glossary.md).
"""

FLOW = """## How the flow runs

- A run begins at the nodes of the type `start`; a template without one begins at the nodes that no edge enters.
- An edge carries the flow on when the node it leaves is done. A node that several edges leave starts all of them,
  unless it is a `decision`, a `manual` node with choices, or the edges have conditions.
- A node that several edges enter waits for every path that is still alive, and runs once. A path that a decision did
  not take is not alive. With `"join": "all"` it runs only if all of the paths are alive.
- A path ends at a node of the type `end`, or at any node that no edge leaves. The run is done when all paths are.
- Edges may lead back to a node: such a loop becomes a Dag of its own, with one run for each time round.
- A node that fails for good stops what follows it, and the run ends as failed.
"""

VARIABLES = """The inputs of a run: values given at the start (trigger form, `airflow dags trigger --conf`, REST) stand
over the defaults. Nodes set further variables by their `outputs`. The name `run` is taken: `run.id`, `run.dag_id`,
`run.logical_date` and `run.initiator` are there in every expression.
"""

TRIGGERS = """People can always start a run. Each trigger adds something else that does; time triggers and others may
stand side by side, and each of them starts runs.
"""

RUN_BY = {
    "api_call": "HTTP, through an Airflow connection",
    "call": "a run of another template",
    "decision": "rules on the run's variables",
    "manual": "a person",
    "parallel": "its children, side by side",
    "script": "a Docker container, or a local process where allowed",
    "sql": "a database, through an Airflow connection",
    "wait": "nobody: it waits without a worker",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(), encoding="utf-8")


def render_page() -> str:
    """Return the whole page."""
    parts = [
        HEAD,
        "## The template\n",
        _table(json_format.template_model(), skip=()),
        _example("triggers"),
        FLOW,
        "## Variables\n",
        VARIABLES,
        _table(json_format.VariableModel),
        _example("variables"),
        "## Edges\n",
        f"{_doc(json_format.EdgeModel)}\n",
        _table(json_format.EdgeModel),
        _example("loop"),
        "## Triggers\n",
        TRIGGERS,
        *_triggers(),
        _example("interval"),
        "## Node types\n",
        "| type | run by | time-out | retries |\n|---|---|---|---|",
        *_overview(),
        "\n### Fields of every node\n",
        _table(NodeFields),
        "### Fields of every activity\n",
        f"{_names(_activities())} do work, so they also have these. The defaults of `timeout_seconds` and `retries`\n"
        "are in the table above.\n",
        _table(Activity, skip=tuple(NodeFields.model_fields)),
        "### Fields of every activity that an agent can do\n",
        f"{_names(_of_class(AgentActivity))} can ask for the agent that does them.\n",
        _table(AgentActivity, skip=tuple(Activity.model_fields)),
        '<a id="agents"></a>\n\n### The fields of `agent`\n',
        f"{_doc(AgentRequirement)}\n[Requirements](requirements.md) says how it is met.\n",
        _table(AgentRequirement),
        _example("agent"),
        *(part for name in _node_types() for part in _node(name)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _triggers() -> Iterator[str]:
    models = (
        json_format.ManualTrigger,
        json_format.CronTrigger,
        json_format.IntervalTrigger,
        json_format.AssetTrigger,
        json_format.MessageTrigger,
    )
    for model in models:
        yield f"### Trigger `{get_args(model.model_fields['type'].annotation)[0]}`\n"
        yield f"{_doc(model)}\n"
        yield _table(model)


def _node_types() -> list[str]:
    return [name for name in NODE_TYPES if name not in json_format.BPMN_ONLY | json_format.COMPILER_ONLY]


def _activities() -> list[str]:
    return _of_class(Activity)


def _of_class(base: type[NodeFields]) -> list[str]:
    return [name for name in _node_types() if issubclass(NODE_TYPES[name], base)]


def _overview() -> Iterator[str]:
    for name in _node_types():
        cls = NODE_TYPES[name]
        timeout = getattr(cls, "default_timeout_seconds", None)
        retries = getattr(cls, "default_retries", None)
        cells = [
            f"[`{name}`](#node-{name})",
            RUN_BY.get(name, "the scheduler, without a worker"),
            f"{timeout:,.0f} s" if timeout and name != "wait" else "-",
            "-" if retries is None else str(retries),
        ]
        yield f"| {' | '.join(cells)} |"


def _node(name: str) -> Iterator[str]:
    cls = NODE_TYPES[name]
    bases = [base for base in (NodeFields, Activity, AgentActivity) if issubclass(cls, base)]
    shared = [field for base in bases for field in base.model_fields]
    own = [field for field in cls.model_fields if field not in shared or field in ("type", *_overridden(cls))]
    yield f'<a id="node-{name}"></a>\n\n### Node `{name}`\n'
    yield f"{_doc(cls)}\n"
    yield _table(cls, skip=tuple(field for field in cls.model_fields if field not in own))
    for title, model in _parts_of(name):
        yield f"#### {title}\n"
        yield f"{_doc(model)}\n"
        yield _table(model)
    yield _example(name)


def _overridden(cls: type[NodeFields]) -> list[str]:
    if issubclass(cls, Activity):
        return []
    return [field for field in ("timeout_seconds", "retries") if field in cls.model_fields]


def _parts_of(name: str) -> list[tuple[str, type[BaseModel]]]:
    parts: dict[str, list[tuple[str, type[BaseModel]]]] = {
        "decision": [("A rule of `rules`", DecisionRule)],
        "manual": [("A field of `form`", FormField)],
        "script": [("The fields of `exit_codes`", ExitCodes)],
    }
    return parts.get(name, [])


def _example(name: str) -> str:
    text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8").strip()
    return f"Example ([examples/{name}.json](examples/{name}.json)):\n\n```json\n{text}\n```\n"


def _table(model: type[BaseModel], skip: tuple[str, ...] = ()) -> str:
    rows = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if name not in skip:
            shown = field.serialization_alias or field.alias or name
            cells = [
                f"`{shown}`",
                _shown_type(name, field),
                _default(name, field),
                f"{field.description or _meaning(name, field)}{_limits(field)}",
            ]
            rows.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(rows) + "\n"


def _meaning(name: str, field: FieldInfo) -> str:
    if name == "type":
        return f"`{get_args(field.annotation)[0]}`."
    known = {"name": "Name in expressions: letters, digits and `_`, not a digit first."}
    return known.get(name, "")


def _shown_type(name: str, field: FieldInfo) -> str:
    known = {"nodes": "list of nodes", "children": "list of nodes", "edges": "list of edges"}
    return known.get(name) or _type(field)


def _type(field: FieldInfo) -> str:
    words = _words(field.annotation)
    marker = next((item for item in field.metadata if isinstance(item, Marker)), None)
    if marker is Marker.TEXT:
        return f"{words}, *text*"
    if marker is Marker.EXPRESSION:
        return f"{words}, *expression*"
    return words


def _words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marker = next((item for item in arguments[1:] if isinstance(item, Marker)), None)
        suffix = {Marker.TEXT: ", *text*", Marker.EXPRESSION: ", *expression*"}.get(marker, "") if marker else ""
        return _words(arguments[0]) + suffix
    if origin is Literal:
        return " or ".join(f"`{json.dumps(item, ensure_ascii=False)}`" for item in arguments)
    if origin in (Union, types.UnionType):
        kept = [item for item in arguments if item is not type(None)]
        if any(inspect.isclass(item) and issubclass(item, NodeFields) for item in kept):
            return "node"
        if AgentRequirement in kept:
            return "[agent](#agents)" + (" or `false`" if len(kept) > 1 else "")
        if any(inspect.isclass(item) and issubclass(item, BaseModel) for item in kept):
            return "trigger"
        return " or ".join(dict.fromkeys(_words(item) for item in kept))
    if origin is list:
        return f"list of {_plural(_words(arguments[0]))}" if arguments else "list"
    if origin is dict:
        return f"object: name -> {_words(arguments[1])}"
    return _plain_words(annotation)


def _plain_words(annotation: Any) -> str:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        names = {
            "AgentRequirement": "[agent](#agents)",
            "DecisionRule": "rule",
            "EdgeModel": "edge",
            "FormField": "form field",
            "VariableModel": "variable",
        }
        return names.get(annotation.__name__, "object")
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return " or ".join(f"`{item.value}`" for item in annotation)
    names: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "anything"}
    return names.get(annotation, "node")


def _plural(words: str) -> str:
    return words if " " in words or words == "anything" else f"{words}s"


def _default(name: str, field: FieldInfo) -> str:
    is_tag = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    if field.is_required() or (name == "type" and is_tag):
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "none"
    if isinstance(value, BaseModel):
        return "`{}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _limits(field: FieldInfo) -> str:
    words = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "max_length": "at most {} long"}
    found = [
        template.format(f"{value:,}")
        for item in field.metadata
        for name, template in words.items()
        if (value := getattr(item, name, None)) is not None
    ]
    return f" ({', '.join(found)})" if found else ""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def _doc(model: type[BaseModel]) -> str:
    return inspect.getdoc(model) or ""


def _names(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


if __name__ == "__main__":
    main()
