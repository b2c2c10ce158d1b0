"""ResultOperator: evaluates the values with which a process ends, for whoever called it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import parse_expression

if TYPE_CHECKING:
    from airflow.sdk import Context


class ResultOperator(UsesVariables, BaseOperator):
    """Returns the process's results as one mapping.

    :param result: name of each result -> the expression of its value.
    """

    def __init__(self, *, result: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.result = result

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the evaluated results.

        :raises dag_factory.expressions.EvaluationError: an expression does not fit the run's values.
        """
        values = self.values(context)
        return {name: parse_expression(text).evaluate(values) for name, text in self.result.items()}
