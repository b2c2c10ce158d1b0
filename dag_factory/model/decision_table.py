"""The condition that a rule of a decision table stands for."""

from __future__ import annotations

from dag_factory.expressions import parse_expression, parse_unary_tests
from dag_factory.nodes.decision import DecisionRule


def condition_of(rule: DecisionRule) -> str:
    """Return the rule's ``when`` as one expression; its cells must all be true.

    :raises dag_factory.expressions.ExpressionError: the expression or a cell cannot be read.
    """
    if isinstance(rule.when, str):
        return parse_expression(rule.when).text
    cells = [parse_unary_tests(test, name).text for name, test in rule.when.items()]
    return " and ".join(f"({cell})" for cell in cells) or "true"
