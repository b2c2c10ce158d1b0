"""How values compare, and what they look like as text, in every dialect alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from dag_factory.expressions.errors import EvaluationFailure

MAX_TEXT_CHARACTERS = 1_000_000
"""Longest text that an expression, or a text with expressions in it, may make."""

MAX_NUMBER_BITS = 1024
"""Largest whole number that arithmetic may make."""

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def name_type(value: object) -> str:
    """Return the type of ``value`` in the language's words, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if is_list(value) else f"a value of the type {type(value).__name__}"


def is_list(value: object) -> bool:
    """Return whether ``value`` is a list of the language: any sequence but text and bytes."""
    if isinstance(value, list | tuple):
        return True
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def as_number(value: object) -> int | float | None:
    """Return ``value`` as a number to calculate with, or ``None``: a boolean or a numeric string is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return float(value) if isinstance(value, Decimal) else None


def are_equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal: numbers by value, strings exactly, lists and mappings by content.

    Values of different types are not equal, with one exception: the strings ``true`` and ``false``, in any case,
    equal the booleans, since forms, scripts and JUEL models say "true" and mean it.
    """
    if type(left) is type(right) and isinstance(left, str | int | float):
        return bool(left == right)
    if isinstance(left, bool) or isinstance(right, bool):
        return _read_boolean(left) is _read_boolean(right) is not None
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(are_equal, left, right))
    low, high = as_number(left), as_number(right)
    return bool(left == right) if low is None or high is None else low == high


def _read_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def holds(operator: str, left: Any, right: Any) -> bool:
    """Return whether ``left operator right`` is true; an order comparison with null is not.

    :raises EvaluationFailure: the two are to be ordered, and are neither two numbers nor two strings.
    """
    if operator == "==":
        return are_equal(left, right)
    if operator == "!=":
        return not are_equal(left, right)
    if left is None or right is None:
        return False
    if not (isinstance(left, str) and isinstance(right, str)):
        low, high = as_number(left), as_number(right)
        if low is None or high is None:
            raise EvaluationFailure(f"cannot order {name_type(left)} {operator} {name_type(right)}")
        left, right = low, high
    return bool(_ORDERS[operator](left, right))


def to_text(value: Any) -> str:
    """Return ``value`` as text: null is empty, booleans are ``true`` and ``false``, lists and mappings are JSON.

    :raises EvaluationFailure: the text would be longer than :data:`MAX_TEXT_CHARACTERS`, or cannot be JSON.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if isinstance(value, Mapping) or is_list(value):
            _check_size(value)
            return json.dumps(value, ensure_ascii=False, default=_to_plain)
        return str(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise EvaluationFailure(f"{name_type(value)} cannot be written as text: {error}") from error


def check_length(text: str) -> str:
    """Return ``text``.

    :raises EvaluationFailure: it is longer than :data:`MAX_TEXT_CHARACTERS`.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise EvaluationFailure(f"the text would have more than {MAX_TEXT_CHARACTERS} characters")
    return text


def _to_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if is_list(value) else str(value)


def _check_size(value: Any) -> None:
    """Refuse what would make a huge JSON text before that text is made."""
    remaining = MAX_TEXT_CHARACTERS
    pending = [value]
    while pending:
        item = pending.pop()
        remaining -= len(item) if isinstance(item, str) else 1
        if remaining < 0:
            raise EvaluationFailure(f"the text would have more than {MAX_TEXT_CHARACTERS} characters")
        if isinstance(item, Mapping):
            pending.extend(item)
            pending.extend(item.values())
        elif is_list(item):
            pending.extend(item)
