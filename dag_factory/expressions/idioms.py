"""How Camunda and Flowable models ask their engine for a variable, in terms of our tree."""

from __future__ import annotations

from collections.abc import Callable

from dag_factory.expressions.syntax_tree import Call, Compare, Literal, Name, Node, Not

EngineCall = Callable[[tuple[Node, ...]], Node]
"""Turns the arguments of a call into a node; raises :class:`ValueError` with what it expects."""

_PREFIXES = ("vars:", "variables:", "var:")
_COMPARISONS = {
    "eq": "==",
    "equals": "==",
    "ne": "!=",
    "notEquals": "!=",
    "lt": "<",
    "lowerThan": "<",
    "lte": "<=",
    "lowerThanOrEquals": "<=",
    "gt": ">",
    "greaterThan": ">",
    "gte": ">=",
    "greaterThanOrEquals": ">=",
}


def read_engine_call(name: str) -> EngineCall | None:
    """Return how to read a call of ``name``, ``None`` when it is no call to an engine."""
    if name in ("getVariable", "getVariableLocal"):
        return lambda arguments: _read_variable(arguments, 1)
    if name in ("hasVariable", "hasVariableLocal"):
        return lambda arguments: Call("is_defined", (_read_variable(arguments, 1),))
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None)
    return _read_flowable_call(name.removeprefix(prefix)) if prefix else None


def _read_flowable_call(name: str) -> EngineCall | None:
    if name == "get":
        return lambda arguments: _read_variable(arguments, 1, allows_name=True)
    if name == "getOrDefault":
        return lambda arguments: Call("coalesce", (_read_variable(arguments, 2, allows_name=True), arguments[1]))
    if name == "exists":
        return lambda arguments: Call("is_defined", (_read_variable(arguments, 1, allows_name=True),))
    if name in ("empty", "isEmpty"):
        return lambda arguments: Call("is_empty", (_read_variable(arguments, 1, allows_name=True),))
    if name in ("notEmpty", "isNotEmpty"):
        return lambda arguments: Not(Call("is_empty", (_read_variable(arguments, 1, allows_name=True),)))
    if name == "contains":
        return lambda arguments: Call("contains", (_read_variable(arguments, 2, allows_name=True), arguments[1]))
    if operator := _COMPARISONS.get(name):
        return lambda arguments: Compare(operator, _read_variable(arguments, 2, allows_name=True), arguments[1])
    return None


def _read_variable(arguments: tuple[Node, ...], count: int, *, allows_name: bool = False) -> Name:
    if len(arguments) != count:
        raise ValueError(f"expects {count} argument{'' if count == 1 else 's'}, found {len(arguments)}")
    variable = arguments[0]
    if allows_name and isinstance(variable, Name):
        return variable
    if not isinstance(variable, Literal) or not isinstance(variable.value, str):
        raise ValueError("expects the name of a variable in quotes")
    if not variable.value or set(variable.value) & set("`\r\n"):
        raise ValueError(f"expects the name of a variable, found {variable.value!r}")
    return Name(variable.value)
