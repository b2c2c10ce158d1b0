"""DecisionTableOperator: evaluates decision tables, and records each evaluation for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

from dag_factory.airflow_backend.operators.decision import DECISION_KEY
from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.model.decision_evaluation import DecisionError, Evaluation, evaluate_decisions
from dag_factory.nodes.decision_table import Decision


class DecisionTableOperator(UsesVariables, BaseOperator):
    """Evaluates decisions in their order and returns what became of the last one.

    The record is the XCom ``decision`` and the task's log: the inputs, and the value and the true rules of each
    decision.

    :param decisions: the fields of ``dag_factory.nodes.decision_table.Decision``.
    """

    def __init__(self, *, decisions: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decisions = [dict(decision) for decision in decisions]

    def execute(self, context: Context) -> dict[str, Any]:
        """Return ``result``, ``hits``, ``entries``, ``first`` and ``entry`` of the last decision.

        :raises AirflowFailException: a decision has no value with the run's variables; trying again changes nothing.
        """
        values = self.values(context)
        inputs = {name: value for name, value in values.items() if name != "run"}
        for name, value in inputs.items():
            self.log.info("Input %s = %r", name, value)
        try:
            found = evaluate_decisions([Decision.model_validate(one) for one in self.decisions], values)
        except DecisionError as error:
            raise AirflowFailException(f"{self.task_display_name!r} cannot decide: {error}") from error
        for one in found:
            rules = ", ".join(map(str, one.matched)) or "none"
            self.log.info("Decision %s = %r (rules that are true: %s)", one.name, one.value, rules)
        record = {"inputs": inputs, "decisions": [asdict(one) for one in found]}
        context["ti"].xcom_push(key=DECISION_KEY, value=record)
        result = _result(found[-1])
        self.publish_outputs(context, result)
        return result


def _result(last: Evaluation) -> dict[str, Any]:
    first = last.hits[0] if len(last.hits) == 1 else None
    entries = [next(iter(hit.values())) if len(hit) == 1 else hit for hit in last.hits]
    entry = entries[0] if first and len(first) == 1 else None
    return {"result": last.value, "hits": last.hits, "entries": entries, "first": first, "entry": entry}
