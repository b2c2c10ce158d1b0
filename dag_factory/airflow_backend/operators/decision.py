"""DecisionOperator: evaluates the conditions of a gateway or the rules of a decision table and follows the hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseBranchOperator
from airflow.sdk.exceptions import AirflowFailException

from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import EvaluationError, parse_expression

if TYPE_CHECKING:
    from airflow.sdk import Context

DECISION_KEY = "decision"
"""XCom key under which a decision is recorded: the form of ``Decision``."""


@dataclass(frozen=True, slots=True)
class EvaluatedRule:
    """What became of one rule; ``result`` is ``None`` where an earlier hit made it unnecessary to evaluate it."""

    label: str
    condition: str
    result: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One evaluation, for people to read.

    :param inputs: the variables the conditions may use, with their values.
    :param matched: labels of the rules that were true; empty when the default was taken.
    :param chosen: ids of the tasks that are followed.
    :param rules: every rule, in order.
    """

    inputs: dict[str, Any]
    matched: list[str]
    chosen: list[str]
    rules: list[EvaluatedRule]


class DecisionOperator(UsesVariables, BaseBranchOperator):
    """Follows the branches whose conditions are true, and records how it decided.

    The record is the XCom ``decision`` and the task's log; ``return_value`` is the id of the task that is followed
    (``exclusive``) or the list of them (``inclusive``).

    :param branches: in the order in which they are tried, each with ``condition`` (an expression), ``target``
        (a task id directly downstream) and ``label``.
    :param default: ``target`` and ``label`` of the branch taken when no condition is true; ``None`` fails then.
    :param mode: ``exclusive`` follows the first branch that is true, ``inclusive`` each that is.
    """

    def __init__(
        self,
        *,
        branches: Sequence[Mapping[str, str]],
        default: Mapping[str, str] | None = None,
        mode: Literal["exclusive", "inclusive"] = "exclusive",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.branches = branches
        self.default = default
        self.mode = mode

    def choose_branch(self, context: Context) -> str | list[str]:
        """Return the ids of the tasks to follow.

        :raises AirflowFailException: a condition does not fit the values, or none is true and there is no default.
        """
        decision = self._decide(self.values(context))
        self._record(context, decision)
        if not decision.chosen:
            raise AirflowFailException(self._explain_dead_end(decision))
        result = decision.chosen if self.mode == "inclusive" else decision.chosen[0]
        # Airflow ends a branching task by an exception when it skips something, and then keeps no return value.
        context["ti"].xcom_push(key="return_value", value=result)
        return result

    def _decide(self, values: Mapping[str, Any]) -> Decision:
        rules: list[EvaluatedRule] = []
        hits: list[Mapping[str, str]] = []
        for branch in self.branches:
            is_settled = bool(hits) and self.mode == "exclusive"
            result = None if is_settled else self._is_true(branch, values)
            rules.append(EvaluatedRule(_label(branch), branch["condition"], result))
            if result:
                hits.append(branch)
        followed = hits or ([self.default] if self.default else [])
        return Decision(
            inputs={name: value for name, value in values.items() if name in self._input_names()},
            matched=[_label(hit) for hit in hits],
            chosen=list(dict.fromkeys(branch["target"] for branch in followed)),
            rules=rules,
        )

    def _input_names(self) -> set[str]:
        return {*self.variables, *([self.item_variable] if self.item_variable else [])}

    def _is_true(self, branch: Mapping[str, str], values: Mapping[str, Any]) -> bool:
        try:
            return parse_expression(branch["condition"]).is_true(values)
        except EvaluationError as error:
            raise AirflowFailException(f"{self._name} cannot decide: branch {_label(branch)!r}: {error}") from error

    def _record(self, context: Context, decision: Decision) -> None:
        for name, value in decision.inputs.items():
            self.log.info("Input %s = %r", name, value)
        for rule in decision.rules:
            result = {None: "not evaluated", True: "true", False: "false"}[rule.result]
            self.log.info("Rule %s: %s is %s", rule.label, rule.condition, result)
        if self.default and not decision.matched:
            self.log.info("No rule is true: the default %s", _label(self.default))
        context["ti"].xcom_push(key=DECISION_KEY, value=asdict(decision))

    def _explain_dead_end(self, decision: Decision) -> str:
        conditions = "; ".join(f"{rule.label}: {rule.condition}" for rule in decision.rules)
        inputs = ", ".join(f"{name} = {value!r}" for name, value in decision.inputs.items()) or "no variables"
        return f"{self._name} has no way on: no condition is true ({conditions}) with {inputs}, and there is no default"

    @property
    def _name(self) -> str:
        return f"decision {self.task_display_name!r}"


def _label(branch: Mapping[str, str]) -> str:
    return branch.get("label") or branch["target"]
