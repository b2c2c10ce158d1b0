"""DF115: a variable is declared twice, or its default does not fit its declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process, Variable
from dag_factory.rules import STRUCTURE_RULES

RESERVED = frozenset({"run"})
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "text": (str,),
    "date": (str,),
    "date-time": (str,),
    "time": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_FORMATS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "time": time.fromisoformat,
}


@STRUCTURE_RULES.register("DF115")
def variable_declaration(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each declaration that contradicts another, or itself."""
    seen: set[str] = set()
    for index, variable in enumerate(process.variables):
        for problem in _problems(variable, seen):
            yield Diagnostic(
                code="DF115",
                message=f"variable {variable.name!r} {problem}",
                remedy="correct its declaration",
                element=process.element,
                line=process.line,
                pointer=None if process.pointer is None else f"/variables/{index}",
            )
        seen.add(variable.name)


def _problems(variable: Variable, seen: set[str]) -> Iterator[str]:
    if variable.name in seen:
        yield "is declared twice"
    if variable.name in RESERVED:
        yield "has a name that every run sets itself"
    for choice in variable.choices:
        if not _fits(choice, variable.type):
            yield f"has the choice {choice!r}, which is not of the type {variable.type}"
    yield from _item_problems((variable.constraints or {}).get("items"))
    pattern = (variable.constraints or {}).get("pattern")
    if pattern is not None and not _is_pattern(pattern):
        yield f"has the pattern {pattern!r}, which is not a regular expression"
        return
    if variable.default is None:
        return
    if not _fits(variable.default, variable.type):
        yield f"has the default {variable.default!r}, which is not of the type {variable.type}"
    elif variable.choices and variable.default not in variable.choices:
        yield f"has the default {variable.default!r}, which is not one of its choices"
    else:
        yield from _broken_constraints(variable.default, variable.constraints or {})


def _fits(value: Any, kind: str) -> bool:
    if kind == "any":
        return True
    if isinstance(value, bool) and kind != "boolean":
        return False
    if not isinstance(value, _TYPES[kind]):
        return False
    read = _FORMATS.get(kind)
    try:
        return read is None or (isinstance(value, str) and read(value) is not None)
    except ValueError:
        return False


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _matches(pattern: str, value: str) -> bool:
    """Return whether ``value`` matches, in linear time; ``True`` for a pattern that only backtracking could match."""
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern)).validate_python(value)
    except ValidationError:
        return False
    except SchemaError:
        return True
    return True


def _item_problems(items: Any) -> Iterator[str]:
    """Yield what is wrong with the JSON Schema of an array's items, without following anything it refers to."""
    if items is None or _is_list_of_words(items):
        return
    if any(key.startswith("$") for key in _keys(items)):
        yield "has `items` with a key that starts with `$`: references are not followed"
        return
    from jsonschema import Draft202012Validator  # comes with Airflow, and is slow to import

    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(items):
        yield f"has `items` that are no JSON Schema: {error.message[:200]}"
        return


def _is_list_of_words(items: Any) -> bool:
    """Whether ``items`` only lists the words allowed, as many do: to see that needs no validator."""
    return (
        isinstance(items, dict)
        and items.keys() == {"type", "enum"}
        and items["type"] == "string"
        and isinstance(items["enum"], list)
        and bool(items["enum"])
        and all(isinstance(word, str) for word in items["enum"])
    )


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from _keys(value)
    elif isinstance(data, list):
        for value in data:
            yield from _keys(value)


def _broken_constraints(value: Any, constraints: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, int | float):
        if value < constraints.get("minimum", value):
            yield f"has the default {value!r}, below its minimum"
        if value > constraints.get("maximum", value):
            yield f"has the default {value!r}, above its maximum"
    if isinstance(value, str):
        if not constraints.get("minLength", 0) <= len(value) <= constraints.get("maxLength", len(value)):
            yield f"has the default {value!r}, whose length is out of its bounds"
        if "pattern" in constraints and not _matches(constraints["pattern"], value):
            yield f"has the default {value!r}, which does not match its pattern"
