"""A business rule task: decisions, each a DMN decision table or an expression, evaluated one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.expressions import parse_expression
from dag_factory.nodes.base import Activity, Marker, VariableName, node_type

HitPolicy = Literal["unique", "any", "priority", "first", "rule order", "output order", "collect"]
Aggregation = Literal["", "sum", "min", "max", "count"]


class TableRule(BaseModel):
    """A row: it hits when all of `when` are true, and then has the values of `then`, one for each output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: list[str] = Field(default_factory=list, description="Expressions that must all be true.")
    then: list[str] = Field(description="An expression for the value of each output.")
    note: str = Field("", max_length=200, description="What the rule is for.")


class TableOutput(BaseModel):
    """A column of results."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=250, description="Name of the value in the result.")
    values: list[str] = Field(
        default_factory=list, description="Expressions of the allowed values, greatest priority first."
    )
    default: str | None = Field(None, description="Expression of the value where no rule hits.")


class Decision(BaseModel):
    """A decision: a table of rules, or an expression alone. Those after it use its value under its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: VariableName
    expression: str | None = Field(None, description="The value, where it is no table.")
    outputs: list[TableOutput] = Field(default_factory=list, description="The columns of results.")
    rules: list[TableRule] = Field(default_factory=list, max_length=5000, description="The rows, in order.")
    hit_policy: HitPolicy = Field("unique", description="Which rows count where several hit.")
    aggregation: Aggregation = Field("", description="What a `collect` table of one output makes of its values.")

    def with_texts(self, change: Callable[[str], str]) -> Decision:
        """Return it with each expression as ``change`` gives it."""
        outputs = [
            output.model_copy(
                update={
                    "values": [change(value) for value in output.values],
                    "default": None if output.default is None else change(output.default),
                }
            )
            for output in self.outputs
        ]
        rules = [
            rule.model_copy(update={"when": list(map(change, rule.when)), "then": list(map(change, rule.then))})
            for rule in self.rules
        ]
        expression = None if self.expression is None else change(self.expression)
        return self.model_copy(update={"expression": expression, "outputs": outputs, "rules": rules})

    def texts(self) -> Iterator[str]:
        """Yield every expression."""
        if self.expression is not None:
            yield self.expression
        for output in self.outputs:
            yield from (*output.values, *([] if output.default is None else [output.default]))
        for rule in self.rules:
            yield from (*rule.when, *rule.then)


@node_type("decision_table")
class DecisionTableNode(Activity):
    """Evaluates decisions of DMN. The value of the last one is its result.

    Its result has `result` (the value: of a table with one output the output's, else a mapping of all; a list where
    the hit policy says so; null where no rule hits), `hits` (the outputs of each rule that counts), `entries` (the
    same, one output alone as its value), and of the only such rule `first` (its outputs) and `entry` (its only one).
    Each evaluation is recorded in the XCom `decision` and in the log: the inputs, and the rules that hit.
    """

    default_timeout_seconds: ClassVar[float] = 60
    default_retries: ClassVar[int] = 0

    type: Literal["decision_table"] = "decision_table"
    decisions: list[Decision] = Field(min_length=1, max_length=100, description="In the order of evaluation.")

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the variables that no decision before gives."""
        known: set[str] = set()
        for decision in self.decisions:
            names = {name for text in decision.texts() for name in parse_expression(text).names}
            yield from ((Marker.EXPRESSION, name) for name in sorted(names - known))
            known |= {decision.name, *(output.name for output in decision.outputs)}

    def to_task(self) -> TaskSpec:
        """Return the task that decides."""
        arguments: dict[str, Any] = {
            "decisions": [decision.model_dump(exclude_defaults=True) for decision in self.decisions]
        }
        return self.work_task("dag_factory.airflow_backend.operators.decision_table.DecisionTableOperator", arguments)
