"""Handlers: what a topic, job type or class name of a file stands for here, declared in ``handlers.toml`` beside it."""

from __future__ import annotations

import tomllib
from typing import Any

from dag_factory.expressions import Expression, ExpressionError, parse_expression, parse_text
from dag_factory.expressions.syntax_tree import Literal, Name, Node
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.expression_text import literal_text, lone_expression, replace_names
from dag_factory.frontends.bpmn.facts import Mapping
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.sibling_files import SiblingFileError, read_sibling
from dag_factory.nodes.base import NODE_TYPES, Activity

FILE = "handlers.toml"
_REMEDY = f"correct {FILE}, see docs/bpmn.md"


def handler_of(key: str, reading: Reading) -> dict[str, Any] | None:
    """Return the fields of the node that does the work called ``key``; ``None`` where nobody declares it.

    :raises CannotRunError: the declarations cannot be read.
    """
    if not key:
        return None
    if reading.handlers is None:
        reading.handlers = _read(reading)
    found = reading.handlers.get(key)
    if found is not None and not isinstance(found, dict):
        raise CannotRunError("DF446", f"has a handler for {key!r} in {FILE} that is no table", _REMEDY)
    return found


def node_class_of(handler: dict[str, Any], key: str) -> type[Activity]:
    """Return the node type of a handler.

    :raises CannotRunError: there is none of that name, or it does no work.
    """
    name = handler.get("type")
    found = NODE_TYPES[name] if isinstance(name, str) and name in NODE_TYPES else None
    if found is None or not issubclass(found, Activity):
        known = ", ".join(one for one in NODE_TYPES if issubclass(NODE_TYPES[one], Activity))
        problem = f"has a handler for {key!r} in {FILE} of the type {name!r}, which is none of {known}"
        raise CannotRunError("DF446", problem, _REMEDY)
    return found


def with_inputs(value: Any, inputs: dict[str, Mapping]) -> Any:
    """Return the texts of a handler with the inputs of the element in place of the names that it uses for them.

    :raises CannotRunError: an input cannot stand inside an expression.
    """
    if isinstance(value, dict):
        return {key: with_inputs(item, inputs) for key, item in value.items()}
    if isinstance(value, list):
        return [with_inputs(item, inputs) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    try:
        return "".join(_part(part, inputs) for part in parse_text(value).parts)
    except ExpressionError as error:
        problem = f"has a handler in {FILE} with a text that cannot be read: {error}"
        raise CannotRunError("DF446", problem, _REMEDY) from None


def _part(part: str | Expression, inputs: dict[str, Mapping]) -> str:
    if isinstance(part, str):
        return literal_text(part)
    replaced = replace_names(part.text, lambda name: input_tree(name, inputs))
    return f"${{{replaced}}}"


def input_tree(name: str, inputs: dict[str, Mapping]) -> Node:
    """Return what an element gives under ``name``, else the variable of that name.

    :raises CannotRunError: it is put together of several parts, which cannot stand inside an expression.
    """
    if name not in inputs:
        return Name(name)
    value = inputs[name].value
    expression = lone_expression(value) if isinstance(value, str) else None
    if expression is not None:
        return parse_expression(expression).tree
    if isinstance(value, str) and all(isinstance(part, str) for part in parse_text(value).parts):
        return Literal("".join(str(part) for part in parse_text(value).parts))
    problem = f"gives its work the input {name!r}, which is put together of several parts"
    raise CannotRunError("DF446", problem, "make it one expression")


def _read(reading: Reading) -> dict[str, Any]:
    try:
        text, reading.siblings[FILE] = read_sibling(reading.folder, FILE)
    except (SiblingFileError, OSError, ValueError):
        reading.siblings[FILE] = ""
        return {}
    try:
        handlers = tomllib.loads(text).get("handlers", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = f"may have a handler in {FILE}, which cannot be read: {error}"
        raise CannotRunError("DF446", problem, _REMEDY) from None
    return handlers if isinstance(handlers, dict) else {}
