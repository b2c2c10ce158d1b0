"""Expression: a parsed condition or value, with the variables it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from dag_factory.expressions.errors import (
    EvaluationError,
    EvaluationFailure,
    ExpressionError,
    MissingVariableFailure,
    name_nearest,
)
from dag_factory.expressions.evaluation import Scope, as_truth, evaluate
from dag_factory.expressions.parser import Parser
from dag_factory.expressions.syntax_text import write
from dag_factory.expressions.syntax_tree import Node, free_names

CACHED_EXPRESSIONS = 4096
"""How many parsed texts are kept."""


@dataclass(frozen=True)
class Expression:
    """An expression; two are equal when their trees are."""

    tree: Node

    @cached_property
    def text(self) -> str:
        """The canonical text, without wrapper: it parses to an equal expression."""
        return write(self.tree)

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables it reads: of ``a.b.c`` it is ``a``."""
        return frozenset(free_names(self.tree))

    def is_constant(self) -> bool:
        """Return whether it reads no variable, so that ``evaluate({})`` tells its value."""
        return not self.names

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return its value.

        :param values: variables by name; plain data, of which nothing but items and keys is looked at.
        :raises EvaluationError: a variable has no value, or the values do not fit the operators.
        """
        try:
            return evaluate(self.tree, Scope(values))
        except MissingVariableFailure as failure:
            raise self.explain(f"{failure}{name_nearest(failure.name, values)}", values) from failure
        except EvaluationFailure as failure:
            raise self.explain(str(failure), values) from failure
        except RecursionError:
            raise self.explain("the values are nested too deeply", values) from None

    def is_true(self, values: Mapping[str, Any]) -> bool:
        """Return its value as a condition: null is false.

        :raises EvaluationError: as :meth:`evaluate`, and when the value is neither a boolean nor null.
        """
        value = self.evaluate(values)
        try:
            return as_truth(value)
        except EvaluationFailure as failure:
            raise self.explain(str(failure), values) from failure

    def explain(self, problem: str, values: Mapping[str, Any]) -> EvaluationError:
        """Return the error that says why it has no value with ``values``."""
        return EvaluationError(problem, self.text, {name: values[name] for name in self.names if name in values})


@lru_cache(maxsize=CACHED_EXPRESSIONS)
def parse_expression(text: str) -> Expression:
    """Return the expression that ``text`` writes: bare, in one ``${...}`` or ``#{...}``, or FEEL after ``=``.

    Only FEEL counts the items of a list from 1; everything else is one language.

    :raises ExpressionError: it is none; the error says where and what was expected.
    """
    start = len(text) - len(text.lstrip())
    if text.startswith(("${", "#{"), start):
        return Expression(_parse_wrapped(text, start))
    is_feel = text.startswith("=", start)
    return Expression(Parser(text, start + is_feel, counts_from_one=is_feel).parse())


def parse_embedded(text: str, start: int) -> tuple[Expression, int]:
    """Return the expression whose ``${`` or ``#{`` is at ``start``, and the offset behind its ``}``.

    :raises ExpressionError: there is none.
    """
    parser = Parser(text, start + 2, is_embedded=True)
    return Expression(parser.parse()), parser.end + 1


def _parse_wrapped(text: str, start: int) -> Node:
    parser = Parser(text, start + 2, is_embedded=True)
    node = parser.parse()
    behind = parser.end + 1
    if rest := text[behind:].lstrip():
        problem = f"expected the end after '}}'; put the whole condition into one {text[start : start + 2]}...}}"
        raise ExpressionError(problem, text, len(text) - len(rest))
    return node
