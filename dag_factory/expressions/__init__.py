"""Expressions: one small, safe language for the conditions and values of every template dialect."""

from dag_factory.expressions.errors import EvaluationError, ExpressionError
from dag_factory.expressions.expression import Expression, parse_expression
from dag_factory.expressions.text import Text, parse_text
from dag_factory.expressions.unary_tests import parse_unary_tests

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Text",
    "parse_expression",
    "parse_text",
    "parse_unary_tests",
]
