"""FEEL unary tests: the cells of decision tables."""

from __future__ import annotations

from typing import Any

import pytest

from dag_factory.expressions import ExpressionError, parse_expression, parse_unary_tests

CASES: list[tuple[str, Any, bool]] = [
    ("-", None, True),
    (" - ", 5, True),
    ("> 5", 6, True),
    ("> 5", 5, False),
    ("> 5", None, False),
    ("<= 5.0", 5, True),
    ("= 5", 5, True),
    ("!= 5", 5, False),
    ("5", 5, True),
    ("-5", -5, True),
    ('"a"', "a", True),
    ('"a"', "abc", False),
    ('"a", "b"', "b", True),
    ('"a", "b"', "c", False),
    ("'a','b'", "b", True),
    ("true", True, True),
    ("true", False, False),
    ("null", None, True),
    ("null", 0, False),
    ("[1..5]", 1, True),
    ("]1..5]", 1, False),
    ("(1..5)", 5, False),
    ("]1..5)", 5, False),
    ("[1..5[", 5, False),
    ("[limit..limit * 2]", 15, True),
    ("< 3, [10..20], 99", 99, True),
    ("< 3, [10..20], 99", 9, False),
    ('not("a")', "a", False),
    ('not("a", "b")', "c", True),
    ("not([1..5], > 90)", 50, True),
    ('not("a") ', "b", True),
    ("? > 5 and ? < 9", 7, True),
    ("? > 5 and ? < 9", 9, False),
    ('starts with(?, "db")', "db1", True),
    ('not(?.startsWith("db"))', "db1", False),
    ("[1, 2, 3]", 2, True),
    ("limit", 10, True),
    ("> limit", 11, True),
    ("(1 + 1) * 5", 10, True),
    ("=[5..6]", 5, True),
]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_a_cell_matches_the_values_it_describes(text: str, value: Any, expected: bool) -> None:
    condition = parse_unary_tests(text, "x")
    assert condition.is_true({"x": value, "limit": 10}) is expected
    assert parse_expression(condition.text) == condition


def test_the_subject_can_be_an_expression_of_any_dialect() -> None:
    for subject in ("host.load", "${host.load}", "= host.load"):
        condition = parse_unary_tests("> 5", subject)
        assert condition.names == {"host"}
        assert condition.is_true({"host": {"load": 6}})


def test_the_subject_is_evaluated_once_however_many_tests_there_are() -> None:
    nested = parse_unary_tests("1, 2, 3", "x")
    for _ in range(8):
        nested = parse_unary_tests("true, false", nested.text)
    assert len(nested.text) < 400


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "the test is empty; expected a value, a comparison, a range or '-'"),
        ("> ", 2, "expected a value, found the end"),
        ("[1..5", 5, "expected ']' or"),
        ("[1..", 4, "expected a value"),
        ('"a",', 4, "expected a value"),
        ("not(1", 5, r"expected '\)'"),
        ("wat(?)", 0, "unknown function 'wat'"),
    ],
)
def test_a_broken_cell_is_an_expression_error(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        parse_unary_tests(text, "x")
    assert caught.value.position == position
