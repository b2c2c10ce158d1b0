"""AssignOperator: sets process variables to the values of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator, Context

from dag_factory.airflow_backend.uses_variables import VARIABLES_KEY, UsesVariables
from dag_factory.expressions import parse_expression


class AssignOperator(UsesVariables, BaseOperator):
    """Publishes the values of expressions as variables, and returns them.

    :param values_of: variable name -> expression over the run's variables.
    """

    def __init__(self, *, values_of: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values_of = dict(values_of)

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the values by their names.

        :raises dag_factory.expressions.EvaluationError: an expression does not fit the run's variables.
        """
        known = self.values(context)
        found = {name: parse_expression(text).evaluate(known) for name, text in self.values_of.items()}
        context["ti"].xcom_push(key=VARIABLES_KEY, value=found)
        return found
