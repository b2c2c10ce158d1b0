"""Text with expressions in it."""

from __future__ import annotations

from typing import Any

import pytest

from dag_factory.expressions import EvaluationError, ExpressionError, parse_text


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("plain", {}, "plain"),
        ("", {}, ""),
        ("cost: $5, {x}, 100%", {}, "cost: $5, {x}, 100%"),
        ("Disk of ${host} at ${percent}%", {"host": "db1", "percent": 91}, "Disk of db1 at 91%"),
        ("#{host}-${host}", {"host": "a"}, "a-a"),
        ("${hosts}", {"hosts": ["a"]}, ["a"]),
        ("${count}", {"count": 3}, 3),
        ("${missing_is_null}", {"missing_is_null": None}, None),
        ("[${x}]", {"x": None}, "[]"),
        ("[${x}]", {"x": True}, "[true]"),
        ("n=${x}", {"x": 1.5}, "n=1.5"),
        ("${x} ", {"x": {"a": ["é", None]}}, '{"a": ["é", null]} '),
        ("${'}'}${\"{\"}", {}, "}{"),
        ("${{a: 1}.a}!", {}, "1!"),
        ("${x ? 'on' : 'off'}", {"x": False}, "off"),
        ("$${x}", {}, "${x}"),
        ("a $${x} ${x} ##{x}", {"x": 1}, "a ${x} 1 #{x}"),
        ("$$${x}", {}, "$${x}"),
        ("$ {x} $x", {}, "$ {x} $x"),
    ],
)
def test_a_text_is_filled_with_values(text: str, values: dict[str, Any], expected: Any) -> None:
    rendered = parse_text(text).render(values)
    assert (type(rendered), rendered) == (type(expected), expected)


def test_the_names_of_a_text_are_those_of_its_expressions() -> None:
    assert parse_text("${a.b} and ${c} but not $${d}").names == {"a", "c"}
    assert parse_text("plain").names == frozenset()


def test_the_same_text_is_parsed_once() -> None:
    assert parse_text("on ${host}") is parse_text("on ${host}")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("run ${host", 4, "is not closed; expected '}'; to write '\\${' itself, double its first character"),
        ("run ${} now", 6, "the expression is empty"),
        ("echo ${HOST:-none}", 11, "expected an operator or the end, found ':'; to write"),
        ("a ${b} c ${d +} e", 14, "expected a value, found the end"),
        ("#{x", 0, "'##{'"),
        ("x" * 20_000 + "${" + "y " * 10_000, 20_000, "not closed within them"),
    ],
)
def test_a_broken_expression_in_a_text_is_found_at_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        parse_text(text)
    assert (caught.value.text, caught.value.position) == (text, position)


def test_a_rendered_text_has_a_limit_but_a_lone_value_has_none() -> None:
    values = {"x": "a" * 600_000}
    with pytest.raises(EvaluationError, match="more than 1000000 characters"):
        parse_text("${x}${x}").render(values)
    assert len(parse_text("${[x, x]}").render(values)) == 2


def test_a_value_that_holds_itself_is_an_error_and_not_a_hang() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(EvaluationError):
        parse_text("x ${ring}").render({"ring": ring})


def test_a_missing_variable_names_the_expression() -> None:
    with pytest.raises(EvaluationError, match=r"cannot evaluate host\.name: variable 'host' has no value"):
        parse_text("on ${host.name}").render({})
