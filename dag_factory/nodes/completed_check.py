"""Asks whether an activity was completed, so that it can be undone: made by the compiler for compensation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type

COMPLETED, NOT_COMPLETED = "completed", "not completed"


@node_type("completed_check")
class CompletedCheckNode(NodeFields):
    """Takes the way of `completed` where the task of an activity has succeeded, else the other."""

    type: Literal["completed_check"] = "completed_check"
    task: str = Field(description="Id of the task that is done when the activity is.")

    @property
    def splits(self) -> str:
        """What happened chooses."""
        return "outcome"

    def to_task(self) -> TaskSpec:
        """Return the task that asks."""
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.completed_check.CompletedCheckOperator",
            arguments={"task": self.task},
            retries=3,
            retry_delay_seconds=10,
        )
