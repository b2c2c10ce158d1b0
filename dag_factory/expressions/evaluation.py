"""The evaluator: what a tree means with the values of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dag_factory.expressions.errors import EvaluationFailure, MissingVariableFailure, short_repr
from dag_factory.expressions.functions import FUNCTIONS
from dag_factory.expressions.syntax_tree import (
    And,
    Arithmetic,
    Call,
    Compare,
    Conditional,
    Holds,
    ListOf,
    Literal,
    MappingOf,
    Matches,
    Name,
    Negate,
    Node,
    Not,
    Or,
    Path,
    Quantified,
    Range,
    Subject,
)
from dag_factory.expressions.values import (
    MAX_NUMBER_BITS,
    are_equal,
    as_number,
    check_length,
    holds,
    is_list,
    name_type,
    to_text,
)

MAX_ROUNDS = 100_000
"""How many items all ``some`` and ``every`` of one evaluation may look at together."""


class Scope:
    """What an evaluation knows: the variables, what ``?`` stands for, and how much work is left."""

    __slots__ = ("rounds_left", "subject", "values")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.subject: Any = None
        self.rounds_left = MAX_ROUNDS


def evaluate(node: Node, scope: Scope) -> Any:
    """Return the value of ``node``.

    :raises EvaluationFailure: it has none.
    """
    return _EVALUATORS[type(node)](node, scope)


def as_truth(value: Any) -> bool:
    """Return a boolean as it is, and null as false.

    :raises EvaluationFailure: ``value`` is anything else.
    """
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise EvaluationFailure(f"expected true or false, found {name_type(value)}, {short_repr(value)}")


def _name(node: Name, scope: Scope) -> Any:
    try:
        return scope.values[node.name]
    except KeyError:
        raise MissingVariableFailure(node.name) from None


def _path(node: Path, scope: Scope) -> Any:
    value = evaluate(node.base, scope)
    for step in node.steps:
        if value is None:
            return None
        value = _member(value, step if isinstance(step, str) else evaluate(step, scope))
    return value


def _member(value: Any, key: Any) -> Any:
    """Return what ``value`` has under ``key``, null when it has nothing there. Only data is looked at."""
    if isinstance(value, Mapping):
        return value.get(key) if isinstance(key, str | int) else None
    if is_list(value):
        if isinstance(key, int) and not isinstance(key, bool):
            return value[key] if -len(value) <= key < len(value) else None
        raise EvaluationFailure(f"a list has numbered items, and no {short_repr(key)}")
    raise EvaluationFailure(f"{name_type(value)} has no member {short_repr(key)}")


def _call(node: Call, scope: Scope) -> Any:
    function = FUNCTIONS[node.function]
    if function.is_lenient:
        return function.call(*[_evaluate_leniently(argument, scope) for argument in node.arguments])
    try:
        return function.call(*[evaluate(argument, scope) for argument in node.arguments])
    except (OverflowError, ValueError) as error:
        raise EvaluationFailure(f"{node.function} has no result: {error}") from error


def _evaluate_leniently(node: Node, scope: Scope) -> Any:
    try:
        return evaluate(node, scope)
    except MissingVariableFailure:
        return None


def _and(node: And, scope: Scope) -> bool:
    return all(as_truth(evaluate(operand, scope)) for operand in node.operands)


def _or(node: Or, scope: Scope) -> bool:
    return any(as_truth(evaluate(operand, scope)) for operand in node.operands)


def _compare(node: Compare, scope: Scope) -> bool:
    return holds(node.operator, evaluate(node.left, scope), evaluate(node.right, scope))


def _matches(node: Matches, scope: Scope) -> bool:
    subject = evaluate(node.subject, scope)
    outer, scope.subject = scope.subject, subject
    try:
        return any(_passes(subject, test, scope) for test in node.tests)
    finally:
        scope.subject = outer


def _passes(subject: Any, test: Node, scope: Scope) -> bool:
    if isinstance(test, Range):
        return _is_within(subject, test, scope)
    if isinstance(test, Holds):
        return as_truth(evaluate(test.condition, scope))
    expected = evaluate(test, scope)
    if are_equal(subject, expected):
        return True
    return is_list(expected) and any(are_equal(subject, item) for item in expected)


def _is_within(subject: Any, test: Range, scope: Scope) -> bool:
    low, high = evaluate(test.low, scope), evaluate(test.high, scope)
    return holds(">=" if test.includes_low else ">", subject, low) and holds(
        "<=" if test.includes_high else "<", subject, high
    )


def _arithmetic(node: Arithmetic, scope: Scope) -> Any:
    value = evaluate(node.first, scope)
    for operator, operand in node.rest:
        value = _calculate(operator, value, evaluate(operand, scope))
    return value


def _calculate(operator: str, left: Any, right: Any) -> Any:
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        return _concatenate(left, right)
    a, b = as_number(left), as_number(right)
    if a is None or b is None:
        raise EvaluationFailure(f"cannot calculate {name_type(left)} {operator} {name_type(right)}")
    try:
        result = _OPERATIONS[operator](a, b)
    except ZeroDivisionError:
        raise EvaluationFailure("division by zero") from None
    except OverflowError:
        raise EvaluationFailure("the number is too large") from None
    if result.bit_length() > MAX_NUMBER_BITS if isinstance(result, int) else not math.isfinite(result):
        raise EvaluationFailure("the number is too large")
    return result


def _concatenate(left: Any, right: Any) -> str:
    for value in (left, right):
        if isinstance(value, Mapping) or is_list(value):
            raise EvaluationFailure(f"cannot add {name_type(value)} to a string; use string(...)")
    return check_length(to_text(left) + to_text(right))


def _divide(a: int | float, b: int | float) -> int | float:
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


def _negate(node: Negate, scope: Scope) -> int | float:
    value = evaluate(node.operand, scope)
    number = as_number(value)
    if number is None:
        raise EvaluationFailure(f"cannot negate {name_type(value)}")
    return -number


def _conditional(node: Conditional, scope: Scope) -> Any:
    return evaluate(node.then if as_truth(evaluate(node.condition, scope)) else node.otherwise, scope)


def _quantified(node: Quantified, scope: Scope) -> bool:
    items = evaluate(node.items, scope)
    if not is_list(items):
        word = "every" if node.is_every else "some"
        raise EvaluationFailure(f"{word!r} expects a list, found {name_type(items)}")
    outer = scope.values
    inner = {**outer}
    scope.values = inner
    try:
        for item in items:
            scope.rounds_left -= 1
            if scope.rounds_left < 0:
                raise EvaluationFailure(f"'some' and 'every' looked at more than {MAX_ROUNDS} items")
            inner[node.name] = item
            if as_truth(evaluate(node.condition, scope)) is not node.is_every:
                return not node.is_every
        return node.is_every
    finally:
        scope.values = outer


_OPERATIONS: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a % b,
}

_EVALUATORS: dict[type[Node], Callable[[Any, Scope], Any]] = {
    Literal: lambda node, scope: node.value,
    Name: _name,
    Subject: lambda node, scope: scope.subject,
    Path: _path,
    Call: _call,
    ListOf: lambda node, scope: [evaluate(item, scope) for item in node.items],
    MappingOf: lambda node, scope: {key: evaluate(value, scope) for key, value in node.entries},
    Or: _or,
    And: _and,
    Not: lambda node, scope: not as_truth(evaluate(node.operand, scope)),
    Compare: _compare,
    Matches: _matches,
    Arithmetic: _arithmetic,
    Negate: _negate,
    Conditional: _conditional,
    Quantified: _quantified,
}
