"""The allow-list of functions: each is free, and a method of its first argument."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dag_factory.expressions.errors import EvaluationFailure, name_nearest
from dag_factory.expressions.values import are_equal, as_number, holds, is_list, name_type, to_text

MAX_NUMBER_CHARACTERS = 40
"""Longest text of a number."""

MAX_RANGE = 10_000
"""Longest list that ``range`` makes."""

_NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


class Function(NamedTuple):
    """One function.

    :param name: its canonical name.
    :param call: what computes it; raises :class:`EvaluationFailure` when the values do not fit.
    :param least: how many arguments it needs.
    :param most: how many it takes; ``None``: any number.
    :param is_lenient: a variable without a value counts as null in its arguments.
    """

    name: str
    call: Callable[..., Any]
    least: int
    most: int | None
    is_lenient: bool


def find_function(name: str) -> Function | None:
    """Return the function that any dialect calls ``name``: case, spaces and underscores do not matter."""
    return _BY_KEY.get(_key(name))


def suggest_function(name: str) -> str:
    """Return a hint at the function whose name is nearest to ``name``, or nothing."""
    return name_nearest(name, {alias for names in _NAMES.values() for alias in names})


def read_number(text: str) -> int | float | None:
    """Return the number that ``text`` writes, ``None`` when it writes none or one out of range."""
    if len(text) > MAX_NUMBER_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    if not set(text) & set(".eE"):
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def _key(name: str) -> str:
    return "".join(name.replace("_", "").split()).lower()


def _string(function: str, value: Any) -> str:
    if not isinstance(value, str):
        raise EvaluationFailure(f"{function} expects a string, not {name_type(value)}")
    return value


def _number(function: str, value: Any) -> int | float:
    number = as_number(value)
    if number is None:
        raise EvaluationFailure(f"{function} expects a number, not {name_type(value)}")
    return number


def _items(function: str, arguments: tuple[Any, ...]) -> list[Any]:
    if len(arguments) == 1 and is_list(arguments[0]):
        return list(arguments[0])
    if len(arguments) == 1 and as_number(arguments[0]) is None:
        raise EvaluationFailure(f"{function} expects a list, not {name_type(arguments[0])}")
    return list(arguments)


def _length(value: Any) -> int:
    if isinstance(value, str | Mapping) or is_list(value):
        return len(value)
    raise EvaluationFailure(f"length expects a string, a list or a mapping, not {name_type(value)}")


def contains(container: Any, item: Any) -> bool:
    """Return whether a list has an item, a mapping a key, or a string a part.

    :raises EvaluationFailure: ``container`` is none of these, or ``item`` does not fit it.
    """
    if isinstance(container, str):
        return _string("contains in a string", item) in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    if is_list(container):
        return any(are_equal(member, item) for member in container)
    raise EvaluationFailure(f"contains expects a list, a string or a mapping, not {name_type(container)}")


def _contains_key(mapping: Any, key: Any) -> bool:
    if not isinstance(mapping, Mapping):
        raise EvaluationFailure(f"contains_key expects a mapping, not {name_type(mapping)}")
    return isinstance(key, str) and key in mapping


def _is_empty(value: Any) -> bool:
    return value is None or ((isinstance(value, str | Mapping) or is_list(value)) and len(value) == 0)


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _min(*arguments: Any) -> Any:
    return _extreme("min", "<", arguments)


def _max(*arguments: Any) -> Any:
    return _extreme("max", ">", arguments)


def _extreme(function: str, better: str, arguments: tuple[Any, ...]) -> Any:
    items = _items(function, arguments)
    if not items:
        return None
    best = items[0]
    for item in items:
        if not isinstance(item, str):
            _number(function, item)
        if holds(better, item, best):
            best = item
    return best


def _sum(*arguments: Any) -> int | float:
    return sum(_number("sum", item) for item in _items("sum", arguments))


def _round(value: Any, digits: Any = 0) -> int | float:
    number = _number("round", value)
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 15:
        raise EvaluationFailure("round expects a whole number of digits from 0 to 15")
    if isinstance(number, int):
        return number
    scale = 10**digits
    nearest = math.copysign(math.floor(abs(number) * scale + 0.5), number)
    return nearest / scale if digits else int(nearest)


def _to_number(value: Any) -> int | float:
    number = read_number(value) if isinstance(value, str) else as_number(value)
    if number is None:
        what = f"the string {value[:40]!r}" if isinstance(value, str) else name_type(value)
        raise EvaluationFailure(f"number expects a number or the text of one, not {what}")
    return number


def _range(count: Any) -> list[int]:
    number = _number("range", count)
    if number != int(number) or not 0 <= number <= MAX_RANGE:
        raise EvaluationFailure(f"range expects a whole number from 0 to {MAX_RANGE}, not {number}")
    return list(range(int(number)))


def _equals_ignore_case(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, str) and left.casefold() == right.casefold()


_FUNCTIONS = (
    Function("length", _length, 1, 1, False),
    Function("contains", contains, 2, 2, False),
    Function("contains_key", _contains_key, 2, 2, False),
    Function("starts_with", lambda a, b: _string("starts_with", a).startswith(_string("starts_with", b)), 2, 2, False),
    Function("ends_with", lambda a, b: _string("ends_with", a).endswith(_string("ends_with", b)), 2, 2, False),
    Function("lower", lambda a: _string("lower", a).lower(), 1, 1, False),
    Function("upper", lambda a: _string("upper", a).upper(), 1, 1, False),
    Function("trim", lambda a: _string("trim", a).strip(), 1, 1, False),
    Function("equals", lambda a, b: holds("==", a, b), 2, 2, False),
    Function("equals_ignore_case", _equals_ignore_case, 2, 2, False),
    Function("abs", lambda a: abs(_number("abs", a)), 1, 1, False),
    Function("min", _min, 1, None, False),
    Function("max", _max, 1, None, False),
    Function("sum", _sum, 1, None, False),
    Function("round", _round, 1, 2, False),
    Function("floor", lambda a: math.floor(_number("floor", a)), 1, 1, False),
    Function("ceiling", lambda a: math.ceil(_number("ceiling", a)), 1, 1, False),
    Function("range", _range, 1, 1, False),
    Function("string", to_text, 1, 1, False),
    Function("number", _to_number, 1, 1, False),
    Function("is_defined", lambda a: a is not None, 1, 1, True),
    Function("is_empty", _is_empty, 1, 1, True),
    Function("coalesce", _coalesce, 1, None, True),
)

_ALIASES = {
    "length": ("len", "size", "count", "string length"),
    "contains": ("list contains",),
    "contains_key": ("containsKey",),
    "starts_with": ("startsWith", "starts with"),
    "ends_with": ("endsWith", "ends with"),
    "lower": ("toLowerCase", "lower case"),
    "upper": ("toUpperCase", "upper case"),
    "equals_ignore_case": ("equalsIgnoreCase",),
    "ceiling": ("ceil",),
    "string": ("toString",),
    "is_defined": ("isDefined", "is defined"),
    "is_empty": ("isEmpty", "is empty"),
    "coalesce": ("get or else",),
}

_NAMES = {function.name: (function.name, *_ALIASES.get(function.name, ())) for function in _FUNCTIONS}
_BY_KEY = {_key(alias): function for function in _FUNCTIONS for alias in _NAMES[function.name]}

FUNCTIONS = {function.name: function for function in _FUNCTIONS}
"""Every function by its canonical name."""

ALIASES = {name: names[1:] for name, names in _NAMES.items()}
"""The other names of each function, by its canonical name."""
