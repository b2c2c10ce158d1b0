"""What an author, or the reader of a task's log, is told."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from dag_factory.errors import DagFactoryError
from dag_factory.expressions import EvaluationError, ExpressionError, parse_expression, parse_text


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "the expression is empty"),
        ("${ }", 3, "the expression is empty"),
        ("a + ", 4, "expected a value, found the end"),
        ("  a ==", 6, "expected a value, found the end"),
        ("a = = b", 4, "expected a value, found '='"),
        ("a b", 2, "expected an operator or the end, found 'b'"),
        ("a < b < c", 6, "comparisons do not chain; expected 'and' or 'or'"),
        ("(a", 2, r"expected '\)' to close '\(', found the end"),
        ("[a, b", 5, r"expected '\]' to close '\['"),
        ("{a: 1", 5, "expected '}' to close '{'"),
        ("{1: 1}", 1, "expected a key, found '1'"),
        ("a ? b", 5, "expected ':' between the two values"),
        ("if a then b", 11, "expected 'else' after the first value"),
        ("a between 1", 11, "expected 'and' between the bounds"),
        ("a not b", 6, "expected 'in' after 'not'"),
        ("x == 'abc", 5, "the string that begins with ' does not end"),
        (r"'\d'", 0, "unknown escape in a string"),
        ("a & b", 2, "unexpected '&'; write '&&' or 'and'"),
        ("a ** 2", 3, r"expected a value, found '\*'"),
        ("f'x'", 1, "expected an operator or the end"),
        ("a @ b", 2, "unexpected character '@'"),
        ("x + and", 4, "'and', a word of the language; a variable of that name is written `and`"),
        ("x + foo(1)", 4, "unknown function 'foo'; did you mean 'floor'"),
        ("x.startWith('a')", 2, "unknown function 'startWith'; did you mean 'startsWith'"),
        ("lower()", 0, "lower expects 1 argument, found 0"),
        ("x.contains()", 2, "contains expects 2 arguments, found 1"),
        ("min()", 0, "min expects at least 1 argument, found 0"),
        ("execution.getVariable(x)", 10, "getVariable expects the name of a variable in quotes"),
        ("some 1 in x satisfies x", 5, "expected the name of a variable after 'some', found '1'"),
        ("?", 0, r"'\?'.*tested value"),
        ("[1..5]", 0, "a range such as .* can only stand after 'in'"),
        ("1" * 41, 0, "too long or out of range"),
        ("1e999", 0, "too long or out of range"),
        ("=x[0]", 3, "FEEL counts the items of a list from 1"),
        ("= xs[price > 5]", 5, r"a filter in \[ \] is not supported"),
        ("${a", 0, r"'\$\{' is not closed; expected '}'"),
        ("${a} and ${b}", 5, r"put the whole condition into one \$\{\.\.\.}"),
        ("x" * 10_001, 10_000, "an expression may have 10000 characters, this one has 10001"),
        ("(" * 51 + "1" + ")" * 51, 50, "nested more than 50 levels deep"),
        ("a" + ".trim()" * 51, 351, "more than 50 members in a row"),
    ],
)
def test_a_syntax_error_says_where_and_what_was_expected(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        parse_expression(text)
    assert (caught.value.text, caught.value.position) == (text, position)
    assert len(str(caught.value)) < 400
    assert isinstance(caught.value, DagFactoryError)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("load > 5", {"load": "high"}, r"cannot evaluate load > 5: cannot order a string > a number \(load = 'high'\)"),
        ("hst == 1", {"host": 1}, "variable 'hst' has no value; did you mean 'host'"),
        ("a / b", {"a": 1, "b": 0}, r"division by zero \(a = 1, b = 0\)"),
        ("a % b", {"a": 1, "b": 0.0}, "division by zero"),
        ("a + b", {"a": 1, "b": None}, r"cannot calculate a number \+ null \(a = 1, b = null\)"),
        ("a * 2", {"a": "x"}, r"cannot calculate a string \* a number"),
        ("a + 'x'", {"a": []}, "cannot add a list to a string"),
        ("a and true", {"a": 1}, "expected true or false, found a number, 1"),
        ("a < true", {"a": 1}, "cannot order a number < a boolean"),
        ("x.y", {"x": "text"}, "a string has no member 'y'"),
        ("xs.y", {"xs": [1]}, "a list has numbered items, and no 'y'"),
        ("5 in x", {"x": 5}, "contains expects a list, a string or a mapping, not a number"),
        ("length(x)", {"x": None}, "length expects a string, a list or a mapping, not null"),
        ("number(x)", {"x": "1_0"}, "number expects a number or the text of one"),
        ("some x in y satisfies x", {"y": 1}, "'some' expects a list, found a number"),
        ("x * x * x", {"x": 10**300}, "the number is too large"),
        ("x * 10", {"x": 1e308}, "the number is too large"),
        ("x / 3", {"x": 10**400 + 1}, "the number is too large"),
        ("round(x)", {"x": float("inf")}, "round has no result"),
        ("x + x", {"x": "a" * 600_000}, "the text would have more than 1000000 characters"),
        ("string([x, x])", {"x": "a" * 600_000}, "the text would have more than 1000000 characters"),
        ("string(x)", {"x": 10**5000}, "cannot be written as text"),
    ],
)
def test_a_failed_evaluation_shows_the_expression_and_the_values_it_used(
    text: str, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(EvaluationError, match=message) as caught:
        parse_expression(text).evaluate(values)
    assert str(caught.value).startswith("cannot evaluate ")
    assert len(str(caught.value)) < 400


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(EvaluationError) as caught:
        parse_expression("x > 5").evaluate({"x": "a" * 5000, "secret": "not used"})
    assert len(str(caught.value)) < 200
    assert "secret" not in str(caught.value)


def test_values_nested_too_deeply_are_an_evaluation_error() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for text in ("a == b", "string(a)"):
        with pytest.raises(EvaluationError):
            parse_expression(text).evaluate({"a": deep, "b": [deep[0]] if text == "string(a)" else _copy(deep)})


def _copy(deep: list[Any]) -> list[Any]:
    copied: list[Any] = []
    while deep:
        copied, deep = [copied], deep[0]
    return copied


def test_nested_quantifiers_stop_at_their_limit() -> None:
    expression = parse_expression("every a in xs, b in xs, c in xs satisfies true")
    started = time.process_time()
    with pytest.raises(EvaluationError, match="looked at more than 100000 items"):
        expression.evaluate({"xs": list(range(1000))})
    assert time.process_time() - started < 5


def test_errors_cross_a_process_border_unchanged() -> None:
    for fail in (lambda: parse_expression("a +"), lambda: parse_expression("a").evaluate({})):
        error = _error_of(fail)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


def _error_of(fail: Callable[[], object]) -> DagFactoryError:
    with pytest.raises(DagFactoryError) as caught:
        fail()
    return caught.value


@pytest.mark.parametrize(
    "unit",
    ["(", "[", "{a:", "a.", "a[", "not ", "-", "!", "empty ", "a ? ", "if a then ", "some x in ", "x in (", "x in [1..",
     "f(", "lower(", "a+", "a and ", "'", "`", " ", "1..", "a ? b : ", "(a or b and c == d < e + f * ", "]", "${",
     "[1..2],", "x in ]1..", "some x in y, "],
)  # fmt: skip
@pytest.mark.parametrize("parse", [parse_expression, parse_text])
def test_no_text_takes_a_second_or_too_much_stack(parse: Callable[[str], object], unit: str) -> None:
    for text in (unit * (9_990 // len(unit)), unit * 40, "${" + unit * (9_990 // len(unit)) + "}"):
        started = time.process_time()
        with suppress(ExpressionError):
            parse(text)
        assert time.process_time() - started < 1


def test_the_deepest_tree_that_parses_is_written_and_evaluated() -> None:
    text = "not (" * 49 + "x" + ")" * 49
    expression = parse_expression("not (" * 24 + "x" + ")" * 24)
    assert expression.evaluate({"x": True}) is True
    assert parse_expression(expression.text) == expression
    with pytest.raises(ExpressionError, match="nested"):
        parse_expression(text)
