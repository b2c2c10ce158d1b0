"""Laws that hold for every text and every tree."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dag_factory.expressions import (
    EvaluationError,
    Expression,
    ExpressionError,
    parse_expression,
    parse_text,
    parse_unary_tests,
)
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

SLOW = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])

PIECES = st.sampled_from(
    [
        *[
            "a",
            "b",
            "x",
            "host",
            "1",
            "2.5",
            ".5",
            "1e3",
            "'a'",
            '"b"',
            "`c d`",
            "true",
            "false",
            "null",
            "__class__",
            "é",
        ],
        *["(", ")", "[", "]", "{", "}", ",", ":", ".", "..", "?", "+", "-", "*", "/", "%", "=", "==", "!=", "<>", "<"],
        *["<=", ">", ">=", "!", "&&", "||", "and", "or", "not", "in", "between", "empty", "if", "then", "else", "some"],
        *["every", "satisfies", "eq", "ne", "lt", "le", "gt", "ge", "div", "mod", "${", "#{", "$${", "lower(", "size("],
        *[
            "execution.getVariable(",
            "vars:get(",
            "is defined(",
            "starts with(",
            "x.contains(",
            "'",
            '"',
            "`",
            "\\",
            "&",
        ],
        *["|", ";", "@", "\u00b2", "\u0663", "\n", " "],
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60)
)

NAMES = st.one_of(
    st.sampled_from(["a", "b", "x", "and", "if", "my var", "execution", "vars", "starts", "é", "?"]),
    st.text(st.characters(codec="utf-8", exclude_characters="`\r\n"), min_size=1, max_size=6),
)
LITERALS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 10**39),
    st.floats(0, allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
).map(Literal)
COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def _several(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(nodes, min_size=2, max_size=3).map(tuple)


def _arithmetic(nodes: st.SearchStrategy[Node], operators: str) -> st.SearchStrategy[Node]:
    rest = st.lists(st.tuples(st.sampled_from(operators), nodes), min_size=1, max_size=3).map(tuple)
    return st.builds(Arithmetic, nodes, rest)


def _calls(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def of(name: str) -> st.SearchStrategy[Node]:
        function = FUNCTIONS[name]
        most = function.least + 1 if function.most is None else function.most
        arguments = st.lists(nodes, min_size=function.least, max_size=most).map(tuple)
        return st.builds(Call, st.just(name), arguments)

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(of)


def _tests(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    about_subject = st.builds(Compare, COMPARISONS, st.just(Subject()), nodes)
    condition = st.one_of(about_subject, st.builds(lambda a, b: And((a, b)), about_subject, nodes))
    return st.one_of(nodes, st.builds(Range, nodes, nodes, st.booleans(), st.booleans()), st.builds(Holds, condition))


def _paths(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    computed = nodes.filter(lambda node: not (isinstance(node, Literal) and isinstance(node.value, str)))
    steps = st.lists(st.one_of(st.sampled_from(["a", "if", "b c", "__class__", ""]), computed), min_size=1, max_size=3)
    return st.builds(Path, nodes, steps.map(tuple))


def _extend(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(And, _several(nodes)),
        st.builds(Or, _several(nodes)),
        st.builds(Not, nodes),
        st.builds(Negate, nodes),
        st.builds(Compare, COMPARISONS, nodes, nodes),
        _arithmetic(nodes, "+-"),
        _arithmetic(nodes, "*/%"),
        st.builds(Conditional, nodes, nodes, nodes),
        st.builds(Quantified, st.booleans(), NAMES, nodes, nodes),
        st.builds(Matches, nodes, st.lists(_tests(nodes), min_size=1, max_size=3).map(tuple)),
        st.builds(ListOf, st.lists(nodes, max_size=3).map(tuple)),
        st.builds(MappingOf, st.lists(st.tuples(st.text(max_size=4), nodes), max_size=3).map(tuple)),
        _paths(nodes),
        _calls(nodes),
    )


TREES = st.recursive(st.one_of(LITERALS, NAMES.map(Name)), _extend, max_leaves=12)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from([0, 1, 10**400])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)


def _problem(call: Callable[[], object]) -> str:
    """Return why ``call`` has no result, nothing when it has one."""
    try:
        call()
    except EvaluationError as error:
        return error.problem
    return ""


def _syntax_error(call: Callable[[], object]) -> ExpressionError | None:
    try:
        call()
    except ExpressionError as error:
        return error
    return None


@SLOW
@given(TEXTS)
def test_any_text_parses_or_is_an_expression_error_within_its_text(text: str) -> None:
    for parse in (parse_expression, parse_text, lambda text: parse_unary_tests(text, "x")):
        started = time.process_time()
        error = _syntax_error(lambda: parse(text))  # noqa: B023 - called at once
        assert time.process_time() - started < 1
        assert error is None or (error.text == text and 0 <= error.position <= len(text))


@SLOW
@given(TEXTS)
def test_what_parses_has_a_canonical_text_that_is_stable(text: str) -> None:
    for parse in (parse_expression, lambda text: parse_unary_tests(text, "x")):
        try:
            expression = parse(text)
        except ExpressionError:
            continue
        assert parse_expression(expression.text) == expression


@SLOW
@given(TREES)
def test_every_tree_round_trips_through_its_text(tree: Node) -> None:
    expression = Expression(tree)
    assert parse_expression(expression.text) == expression


@SLOW
@given(TREES, st.data())
def test_evaluation_needs_no_other_names_and_raises_nothing_but_evaluation_errors(tree: Node, data: Any) -> None:
    expression = Expression(tree)
    values = {name: data.draw(VALUES) for name in sorted(expression.names)}
    assert "has no value" not in _problem(lambda: expression.evaluate(values))
    assert "has no value" not in _problem(lambda: expression.is_true(values))


@SLOW
@given(TREES)
def test_without_values_only_names_of_the_expression_are_missed(tree: Node) -> None:
    expression = Expression(tree)
    problem = _problem(lambda: expression.evaluate({}))
    assert "has no value" not in problem or any(repr(name) in problem for name in expression.names)


@SLOW
@given(VALUES)
def test_any_value_renders_as_text_or_is_an_evaluation_error(value: Any) -> None:
    assert parse_text("${x}").render({"x": value}) is value
    problem = _problem(lambda: parse_text("<${x}>").render({"x": value}))
    assert problem == "" or "cannot be written as text" in problem
