"""What expressions of each dialect mean."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dag_factory.expressions import EvaluationError, parse_expression
from dag_factory.expressions.functions import ALIASES, FUNCTIONS, find_function
from dag_factory.expressions.tokens import WORDS

ROOT = Path(__file__).parents[2]

JSON_TEMPLATE: list[tuple[str, dict[str, Any], Any]] = [
    ("disk_percent > 90", {"disk_percent": 91}, True),
    ("disk_percent > 90", {"disk_percent": 90.0}, False),
    ("a and b or c", {"a": True, "b": False, "c": True}, True),
    ("a or b and c", {"a": True, "b": False, "c": False}, True),
    ("not a == b", {"a": 1, "b": 2}, True),
    ("not a and not b", {"a": False, "b": None}, True),
    ("1 + 2 * 3 - 4", {}, 3),
    ("(1 + 2) * -3", {}, -9),
    ("10 - 4 - 3", {}, 3),
    ("24 / 4 / 2", {}, 3),
    ("7 / 2", {}, 3.5),
    ("7 % 4 + 7 mod 4", {}, 6),
    ("7 div 2", {}, 3.5),
    ("-x", {"x": 2}, -2),
    ("'a' + 1 + true + null", {}, "a1true"),
    ("x == null", {"x": None}, True),
    ("x != null", {"x": 0}, True),
    ("x < 5", {"x": None}, False),
    ("x >= null", {"x": None}, False),
    ("5 > x or x in [1..5] or 5 <= x", {"x": None}, False),
    ("1 == 1.0", {}, True),
    ("x == 0.5", {"x": Decimal("0.5")}, True),
    ("'5' == 5", {}, False),
    ("1 == true", {}, False),
    ("[1] == [true]", {}, False),
    ("'TRUE' == true", {}, True),
    ("false == 'false'", {}, True),
    ("'yes' == true", {}, False),
    ("null == false", {}, False),
    ("[1, {a: 'x'}] == [1.0, {\"a\": 'x'}]", {}, True),
    ("'b' > 'a'", {}, True),
    ("'2026-01-31' < '2026-02-01'", {}, True),
    ("host in ['a', 'b']", {"host": "b"}, True),
    ("host not in ['a', 'b']", {"host": "b"}, False),
    ("host in hosts", {"host": "c", "hosts": ["a"]}, False),
    ("'disk' in message", {"message": "no disk space"}, True),
    ("'k' in data", {"data": {"k": None}}, True),
    ("x in (1, 2, [5..7])", {"x": 6}, True),
    ("x in [1..5]", {"x": 5}, True),
    ("x in [1..5)", {"x": 5}, False),
    ("x in (1..5]", {"x": 1}, False),
    ("x in ]1..5[", {"x": 5}, False),
    ("x in [low..high + 1]", {"x": 4, "low": 1, "high": 3}, True),
    ("x in ['a'..'c']", {"x": "b"}, True),
    ("x in > 5", {"x": 6}, True),
    ("x in (? * 2 == 8, 1)", {"x": 4}, True),
    ("x between 1 and 5 and y", {"x": 3, "y": True}, True),
    ("host.disks[0].free", {"host": {"disks": [{"free": 7}]}}, 7),
    ("host['name']", {"host": {"name": "db1"}}, "db1"),
    ("host[key]", {"host": {"name": "db1"}, "key": "name"}, "db1"),
    ("hosts[-1]", {"hosts": ["a", "b"]}, "b"),
    ("hosts[7]", {"hosts": ["a", "b"]}, None),
    ("host.a.b.c", {"host": {}}, None),
    ("host.a.b", {"host": None}, None),
    ("host.and.if", {"host": {"and": {"if": 1}}}, 1),
    ("host.__class__", {"host": {}}, None),
    ("a ? 1 : b ? 2 : 3", {"a": False, "b": True}, 2),
    ("{a: 1, 'b c': [x]}['b c'][0]", {"x": 5}, 5),
    ("`my var` + `and`", {"my var": 1, "and": 2}, 3),
    (r"'it\'s' + ' \"q\" \\ \u00e9\n'", {}, 'it\'s "q" \\ é\n'),
    ("'a\"b'", {}, 'a"b'),
    ("size(xs) == 2 and xs.size() == 2", {"xs": [1, 2]}, True),
    ("false and 1 / 0 == 1", {}, False),
    ("true or missing", {}, True),
    ("name.trim().toUpperCase().startsWith('DB')", {"name": " db1 "}, True),
    ("some h in hosts satisfies h.down", {"hosts": [{"down": False}, {"down": True}]}, True),
    ("every h in hosts satisfies h.down", {"hosts": []}, True),
    ("some x in xs, y in xs satisfies x + y == 5", {"xs": [1, 4]}, True),
    ("every x in xs satisfies x > limit", {"xs": [2, 3], "limit": 1, "x": "outer"}, True),
    ("data.get('k')", {"data": {"k": 3}}, 3),
    ("data.getOrDefault('z', 4)", {"data": {"k": 3}}, 4),
]

JUEL: list[tuple[str, dict[str, Any], Any]] = [
    ("${approved}", {"approved": True}, True),
    ("  ${!approved} ", {"approved": False}, True),
    ('${(step == "DONE")}', {"step": "DONE"}, True),
    ('#{execution.getVariable("enabled") == true}', {"enabled": "true"}, True),
    ("${execution.getVariable('version') != '1610'}", {"version": "1710"}, True),
    ("${execution.hasVariable('host') && !empty host}", {"host": "a"}, True),
    ("${execution.hasVariable('host')}", {}, False),
    ("${amount gt 10 and amount le 20 || amount eq 5}", {"amount": 20}, True),
    ("${a ne b && (a lt b || a ge b)}", {"a": 1, "b": 2}, True),
    ("${not empty items}", {"items": []}, False),
    ("${empty missing}", {}, True),
    ('${actions.contains("CREATE")}', {"actions": ["CREATE"]}, True),
    ("${kind.equals('disk') || kind.equalsIgnoreCase('DISK')}", {"kind": "disk"}, True),
    ("${data.containsKey('a') && !data.isEmpty()}", {"data": {"a": 1}}, True),
    ("${gender == 'male' ? 'Mr.' : 'Mrs.'}", {"gender": "female"}, "Mrs."),
    ("${vars:get(status) == 'ok'}", {"status": "ok"}, True),
    ("${vars:getOrDefault('status', 'none')}", {}, "none"),
    ("${variables:exists(status)}", {"status": 1}, True),
    ("${var:notEquals(status, 1)}", {"status": 1}, False),
    ("${vars:gte(load, 1) and vars:contains(tags, 'db') and vars:isNotEmpty(tags)}", {"load": 1, "tags": ["db"]}, True),
    ("${'}' == x}", {"x": "}"}, True),
    ("${{a: 1}.a}", {}, 1),
]

FEEL: list[tuple[str, dict[str, Any], Any]] = [
    ('= status = "ok"', {"status": "ok"}, True),
    ("=not(approved)", {"approved": None}, True),
    ('= if a > 1 then "big" else "small"', {"a": 2}, "big"),
    ('= every risk in risks satisfies risk = "low"', {"risks": ["low", "high"]}, False),
    ("=is defined(action.pauses)", {"action": {}}, False),
    ("=is defined(action.pauses)", {"action": {"pauses": 0}}, True),
    ('= string length(name) > 3 and starts with(name, "db")', {"name": "db12"}, True),
    ('= ends with(upper case(name), "B") or lower case(name) = "x"', {"name": "db"}, True),
    ('= list contains(tags, "x")', {"tags": ["x"]}, True),
    ("= get or else(missing, 5)", {}, 5),
    ("= x in (< 3, [10..20])", {"x": 12}, True),
    ("= items[1]", {"items": ["first", "second"]}, "first"),
    ("= items[counter]", {"items": ["first", "second"], "counter": 2}, "second"),
    ("= items[-1]", {"items": ["first", "second"]}, "second"),
    ("= x <> 1", {"x": 2}, True),
    ("= count([1, 2, 3]) + sum([1, 2]) + max(4, 9) - min([3, 2])", {}, 13),
]

FUNCTION_CASES: list[tuple[str, Any]] = [
    ("length('abc') + length({a: 1})", 4),
    ("contains('abc', 'b')", True),
    ("contains_key({a: null}, 'a')", True),
    ("starts_with('abc', 'a')", True),
    ("ends_with('abc', 'a')", False),
    ("lower('AbC') + upper('AbC')", "abcABC"),
    ("trim(' a ')", "a"),
    ("equals(1, 1.0)", True),
    ("equals_ignore_case('A', 'a')", True),
    ("abs(-3)", 3),
    ("min('b', 'a')", "a"),
    ("max([1, 2.5])", 2.5),
    ("max([])", None),
    ("sum([])", 0),
    ("round(2.5) + round(-2.5)", 0),
    ("round(3.14159, 2)", 3.14),
    ("floor(-1.5)", -2),
    ("ceiling(1.2)", 2),
    ("range(3)", [0, 1, 2]),
    ("range(0)", []),
    ("string([1, true, null])", "[1, true, null]"),
    ("number('12') + number(' 1.5 ')", 13.5),
    ("is_defined(nothing.at.all)", False),
    ("is_empty('')", True),
    ("coalesce(nothing, null, 3)", 3),
]


@pytest.mark.parametrize(("text", "values", "expected"), JSON_TEMPLATE + JUEL + FEEL)
def test_an_expression_has_the_value_its_dialect_gives_it(text: str, values: dict[str, Any], expected: Any) -> None:
    value = parse_expression(text).evaluate(values)
    assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize("text", [case[0] for case in JSON_TEMPLATE + JUEL + FEEL])
def test_the_canonical_text_parses_to_the_same_expression(text: str) -> None:
    expression = parse_expression(text)
    again = parse_expression(expression.text)
    assert again == expression
    assert again.text == expression.text


@pytest.mark.parametrize(("text", "expected"), FUNCTION_CASES)
def test_each_function_computes_what_the_docs_say(text: str, expected: Any) -> None:
    value = parse_expression(text).evaluate({})
    assert (type(value), value) == (type(expected), expected)


def test_no_function_is_without_a_case() -> None:
    assert {name for name in FUNCTIONS if not any(f"{name}(" in text for text, _ in FUNCTION_CASES)} == set()


def test_every_function_and_word_is_documented() -> None:
    docs = (ROOT / "docs" / "expressions.md").read_text()
    assert {name for name in FUNCTIONS if f"`{name}(" not in docs} == set()
    assert {word for word in WORDS if not re.search(rf"\b{word}\b", docs)} == set()


def test_every_alias_leads_to_its_function() -> None:
    for name, aliases in ALIASES.items():
        for alias in aliases:
            assert find_function(alias) is FUNCTIONS[name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.b.c + x['k'] + y[i]", {"a", "x", "y", "i"}),
        (
            "${execution.getVariable('x') == 1 && getVariable(\"y\") == 2 && execution.hasVariable('z')}",
            {"x", "y", "z"},
        ),
        ("${vars:get(a) == vars:get('b')}", {"a", "b"}),
        ("some x in xs satisfies x > limit", {"xs", "limit"}),
        ("(some x in xs satisfies x > 1) and x", {"xs", "x"}),
        ("some x in x satisfies x", {"x"}),
        ("1 + 2", set()),
        ("is_defined(host.name)", {"host"}),
        ("x in (? > y)", {"x", "y"}),
    ],
)
def test_names_are_the_free_variables(text: str, names: set[str]) -> None:
    assert parse_expression(text).names == names


def test_an_expression_without_names_is_constant() -> None:
    assert parse_expression("1 + 1 == 2").is_constant()
    assert not parse_expression("x").is_constant()


def test_literals_of_different_types_make_different_expressions() -> None:
    assert len({parse_expression(text) for text in ("1", "1.0", "true", "'1'")}) == 4


def test_null_is_false_as_a_condition() -> None:
    assert parse_expression("x").is_true({"x": None}) is False


@pytest.mark.parametrize("value", ["yes", "", 0, 1, [], {}])
def test_a_condition_that_is_no_boolean_is_an_error(value: Any) -> None:
    with pytest.raises(EvaluationError, match="expected true or false"):
        parse_expression("x").is_true({"x": value})


def test_a_chain_as_long_as_a_text_may_be_is_evaluated() -> None:
    assert parse_expression("+".join(["1"] * 5000)).evaluate({}) == 5000
    assert parse_expression(" or ".join(["x"] * 1900)).evaluate({"x": False}) is False


def test_methods_of_python_objects_are_out_of_reach() -> None:
    class Server:
        name = "db1"

    for text in ("x.name", "x['name']", "x.get('name')"):
        with pytest.raises(EvaluationError, match="has no member 'name'"):
            parse_expression(text).evaluate({"x": Server()})


def test_importing_the_language_imports_neither_airflow_nor_anything_outside_the_standard_library() -> None:
    code = "import sys; import dag_factory.expressions; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in modules.stdout.split()}
    assert loaded & {"airflow", "pydantic", "lxml", "sqlalchemy", "airflow_ops_plugin"} == set()
