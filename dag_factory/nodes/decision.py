"""A decision: rules on the run's variables choose the edges that are taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Marker, NodeFields, node_type


class DecisionRule(BaseModel):
    """One row of a decision table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: str | dict[str, str] = Field(
        description='An expression, or for each input variable a test such as `> 90`, `"prod", "test"`, `[1..5]`, `-`.'
    )
    then: str = Field(description="Id of the node that the flow goes to.")
    note: str = Field("", max_length=200, description="What the rule is for; the edge's label in the graph.")


@node_type("decision")
class DecisionNode(NodeFields):
    """Chooses by the `condition` of its edges, in their order, or by a table of `rules`: the first that is true wins.

    The edge with `default: true` (or the node `default` of a table) is taken when none is. Every evaluation is
    recorded in the task's log and in its XCom `decision`: the inputs, and which rule matched.
    """

    default_timeout_seconds: ClassVar[float] = 60
    default_retries: ClassVar[int] = 0

    type: Literal["decision"] = "decision"
    mode: Literal["exclusive", "inclusive"] = Field(
        "exclusive", description="`exclusive` takes the first true edge, `inclusive` every true one."
    )
    rules: list[DecisionRule] = Field(default_factory=list, description="The decision table, in order.")
    default: str | None = Field(None, description="Id of the node taken when no rule of the table is true.")

    @property
    def splits(self) -> str:
        """The mode."""
        return self.mode

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield nothing: the lowering reads rules and conditions from the edges that they become."""
        return iter(())

    def to_task(self) -> TaskSpec:
        """Return the task that decides; its branches are added by the lowering of its edges."""
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.decision.DecisionOperator",
            arguments={"mode": self.mode},
            timeout_seconds=self.default_timeout_seconds,
        )
