"""What follows an activity that may fail or be interrupted: made by the compiler out of BPMN's boundary events."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type

NORMAL = "normal"


class ErrorHandler(BaseModel):
    """One error boundary event; an empty code catches every failure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: str
    code: str = ""


@node_type("outcome_router")
class OutcomeRouterNode(NodeFields):
    """Looks at how the tasks of an activity ended and takes the way that fits; fails again where none does."""

    type: Literal["outcome_router"] = "outcome_router"
    activity: list[str] = Field(description="Ids of the activity's tasks.")
    race: str = Field("", description="Id of the race that may have interrupted it.")
    handlers: list[ErrorHandler] = Field(default_factory=list)

    @property
    def splits(self) -> str:
        """What happened chooses."""
        return "outcome"

    def to_task(self) -> TaskSpec:
        """Return the task that chooses."""
        given = {
            "activity": self.activity,
            "race": self.race,
            "handlers": [handler.model_dump(exclude_defaults=True) for handler in self.handlers],
        }
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.outcome_router.OutcomeRouterOperator",
            arguments={name: value for name, value in given.items() if value},
            trigger_rule="all_done",
        )
