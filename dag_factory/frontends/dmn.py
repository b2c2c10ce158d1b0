"""Reads decisions of DMN files (1.1 to 1.5): a decision table or a literal expression, with what it requires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from dag_factory.errors import DagFactoryError
from dag_factory.expressions import ExpressionError, parse_expression, parse_unary_tests
from dag_factory.frontends.bpmn.identifiers import is_variable_name, variable_name_from
from dag_factory.frontends.bpmn.namespaces import Element, one_line, split_name, text_of
from dag_factory.nodes.decision_table import Decision, HitPolicy, TableOutput, TableRule

MAX_REQUIRED = 100
_DATES = re.compile(r'\b(?:date and time|date|time)\s*\(\s*("[^"]*")\s*\)')
_NAME = re.compile(r"[^\W\d]\w*(?:[ ]\w+)*")
_AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


class DmnError(DagFactoryError):
    """A decision cannot be read; the message says which part of it, and why."""


def find_decisions(root: Element) -> dict[str, Element]:
    """Return the decisions at or below ``root`` by their ids."""
    found: dict[str, Element] = {}
    for element in root.iter("{*}decision"):
        if "/DMN/" in split_name(element.tag)[0] and (key := element.get("id")):
            found.setdefault(key, element)
    return found


def read_decision(key: str, known: dict[str, Element]) -> list[Decision]:
    """Return the decision ``key`` after those that it requires.

    :raises DmnError: it, or one that it requires, cannot be read or does not exist.
    """
    return [_decision(known[name]) for name in _in_order(key, known)]


def _in_order(key: str, known: dict[str, Element]) -> list[str]:
    order: list[str] = []
    path: list[tuple[str, Iterator[str]]] = []
    ahead: Iterator[str] = iter((key,))
    while True:
        name = next(ahead, None)
        if name is None:
            if not path:
                return order
            done, ahead = path.pop()
            order.append(done)
        elif name not in known:
            raise DmnError(f"the decision {name!r} is not there")
        elif any(name == one for one, _ in path):
            raise DmnError(f"the decision {name!r} requires itself")
        elif name not in order:
            if len(order) + len(path) >= MAX_REQUIRED:
                raise DmnError(f"{key!r} requires more than {MAX_REQUIRED} decisions")
            path.append((name, ahead))
            ahead = iter(_required(known[name]))


def _required(decision: Element) -> list[str]:
    return [
        (item.get("href") or "").rpartition("#")[2]
        for requirement in decision.iterchildren("{*}informationRequirement")
        for item in requirement.iterchildren("{*}requiredDecision")
    ]


def _decision(element: Element) -> Decision:
    name = _name_of(element)
    table = next(element.iterchildren("{*}decisionTable"), None)
    if table is not None:
        return _table(name, table)
    literal = next(element.iterchildren("{*}literalExpression"), None)
    if literal is None:
        raise DmnError(f"the decision {name!r} is neither a decision table nor a literal expression")
    return Decision(name=name, expression=_expression(_text(literal), literal, f"the decision {name!r}"))


def _name_of(decision: Element) -> str:
    variable = next(decision.iterchildren("{*}variable"), None)
    given = (variable.get("name") if variable is not None else "") or decision.get("id") or ""
    return given if is_variable_name(given) else variable_name_from(given)


def _table(name: str, table: Element) -> Decision:
    inputs = [_input(item, name) for item in table.iterchildren("{*}input")]
    columns = list(table.iterchildren("{*}output"))
    outputs = [_output(item, name, number) for number, item in enumerate(columns, start=1)]
    if not outputs:
        raise DmnError(f"the decision table {name!r} has no output")
    rules = [
        _rule(item, name, number, inputs, len(outputs))
        for number, item in enumerate(table.iterchildren("{*}rule"), start=1)
    ]
    return Decision(
        name=name,
        outputs=outputs,
        rules=rules,
        hit_policy=_hit_policy(table, name),
        aggregation=_aggregation(table, len(outputs), name),
    )


def _hit_policy(table: Element, name: str) -> HitPolicy:
    policy: Any = (table.get("hitPolicy") or "UNIQUE").replace("_", " ").lower()
    if policy not in get_args(HitPolicy):
        raise DmnError(f"the decision table {name!r} has the unknown hit policy {policy!r}")
    known: HitPolicy = policy
    return known


def _aggregation(table: Element, outputs: int, name: str) -> Any:
    given = table.get("aggregation") or ""
    if not given:
        return ""
    if outputs > 1 or given.upper() not in _AGGREGATIONS:
        raise DmnError(f"the decision table {name!r} cannot aggregate {outputs} outputs by {given!r}")
    return _AGGREGATIONS[given.upper()]


def _input(element: Element, table: str) -> str:
    expression = next(element.iterchildren("{*}inputExpression"), None)
    raw = _text(expression) or (element.get("label") or "")
    what = f"an input of the table {table!r}"
    if not raw:
        raise DmnError(f"{what} has no expression")
    return _expression(raw, expression, what)


def _output(element: Element, table: str, number: int) -> TableOutput:
    what = f"the output {number} of the table {table!r}"
    listed = _text(next(element.iterchildren("{*}outputValues"), None))
    default = _text(next(element.iterchildren("{*}defaultOutputEntry"), None))
    try:
        values = [parse_expression(part).text for part in _comma_parts(listed)]
    except ExpressionError as error:
        raise DmnError(f"{what} has values that cannot be read: {error}") from None
    return TableOutput(
        name=one_line(element.get("name") or element.get("label")) or f"output_{number}",
        values=values,
        default=_expression(default, None, what) if default else None,
    )


def _rule(element: Element, table: str, number: int, inputs: list[str], outputs: int) -> TableRule:
    what = f"rule {number} of the table {table!r}"
    tests = [(_text(item), item) for item in element.iterchildren("{*}inputEntry")]
    values = [(_text(item), item) for item in element.iterchildren("{*}outputEntry")]
    if len(tests) != len(inputs) or len(values) != outputs:
        raise DmnError(
            f"{what} has {len(tests)} inputs and {len(values)} outputs instead of {len(inputs)} and {outputs}"
        )
    when = [_test(text, item, subject, what) for (text, item), subject in zip(tests, inputs, strict=True)]
    return TableRule(
        when=[test for test in when if test != "true"],
        then=[_expression(text, item, what) if text else "null" for text, item in values],
        note=one_line(_text(next(element.iterchildren("{*}description"), None)), 200),
    )


def _test(text: str, cell: Element, subject: str, what: str) -> str:
    language = cell.get("expressionLanguage") or ""
    if language and not _is_feel(language):
        return _expression(text, cell, what) if text else "true"
    if text in ("", "-"):
        return "true"
    try:
        return parse_unary_tests(f"={_dates_as_text(text)}", subject).text
    except ExpressionError as error:
        raise DmnError(f"{what} has the test {one_line(text, 80)!r} that cannot be read: {error.problem}") from None


def _expression(text: str, holder: Element | None, what: str) -> str:
    language = holder.get("expressionLanguage") if holder is not None else None
    is_wrapped = text.startswith(("${", "#{"))
    if language and not _is_feel(language) and language.lower().rpartition("/")[2] not in ("juel", "el"):
        raise DmnError(f"{what} has code in {one_line(language, 60)}, which is never run")
    try:
        return parse_expression(text if is_wrapped else f"={_dates_as_text(text)}").text
    except ExpressionError as error:
        if _NAME.fullmatch(text):
            return variable_name_from(text)
        raise DmnError(
            f"{what} has the expression {one_line(text, 80)!r} that cannot be read: {error.problem}"
        ) from None


def _is_feel(language: str) -> bool:
    return "feel" in language.lower() or "/dmn/" in language.lower()


def _dates_as_text(text: str) -> str:
    """Return FEEL with its dates as ISO 8601 text, which is what variables hold, and which sorts as time does."""
    return _DATES.sub(r"\1", text)


def _comma_parts(text: str) -> list[str]:
    return [part.strip() for part in re.findall(r'(?:"[^"]*"|[^,"])+', text) if part.strip()]


def _text(element: Element | None) -> str:
    if element is None:
        return ""
    inner = next(element.iterchildren("{*}text"), None)
    return text_of(inner if inner is not None else element)
