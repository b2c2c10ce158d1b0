"""FEEL unary tests: the cells of a decision table."""

from __future__ import annotations

from functools import lru_cache

from dag_factory.expressions.expression import CACHED_EXPRESSIONS, Expression, parse_expression
from dag_factory.expressions.parser import Parser


@lru_cache(maxsize=CACHED_EXPRESSIONS)
def parse_unary_tests(text: str, subject: str) -> Expression:
    """Return the condition that ``subject`` meets ``text``.

    ``text`` is ``-`` (anything), or one or more tests with commas between (any of them), or those in ``not(...)``.
    A test is a comparison ``> 5``, a range ``[1..5)``, a value, a list of values, or a condition about ``?``.

    :param text: the tests; lists count from 1 only after a leading ``=``.
    :param subject: the expression that is tested, in any dialect.
    :raises ExpressionError: one of the two cannot be read.
    """
    tested = parse_expression(subject).tree
    start = len(text) - len(text.lstrip())
    is_feel = text.startswith("=", start) and not text.startswith("==", start)
    return Expression(Parser(text, start + is_feel, counts_from_one=is_feel).parse_unary_tests(tested))
