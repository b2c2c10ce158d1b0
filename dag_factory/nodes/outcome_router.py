"""What follows an activity that may fail or be interrupted: made by the compiler out of BPMN's boundary events."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type

NORMAL = "normal"


class ErrorHandler(BaseModel):
    """One error event that catches; an empty code catches every failure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: str
    code: str = ""


class Thrown(BaseModel):
    """An escalation or cancellation inside the activity that ends it: the task that throws, and where that leads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: str
    task: str


@node_type("outcome_router")
class OutcomeRouterNode(NodeFields):
    """Looks at how the tasks of an activity ended and takes the way that fits; fails again where none does.

    Before the way of an error is taken, what of the activity is still going on is stopped.
    """

    type: Literal["outcome_router"] = "outcome_router"
    stops: list[str] = Field(description="Ids of the activity's tasks.")
    race: str = Field("", description="Id of the race that may have interrupted it.")
    thrown: list[Thrown] = Field(default_factory=list)
    undone_by: list[str] = Field(default_factory=list, description="Tasks that undo the activity and may not fail.")
    handlers: list[ErrorHandler] = Field(default_factory=list)
    exits: list[str] = Field(default_factory=list, description="Tasks whose success is the normal end.")
    routers: list[str] = Field(default_factory=list, description="Routers inside, which may have handled failures.")

    @property
    def splits(self) -> str:
        """What happened chooses."""
        return "outcome"

    def to_task(self) -> TaskSpec:
        """Return the task that chooses."""
        given = {
            "stops": self.stops,
            "race": self.race,
            "thrown": [item.model_dump() for item in self.thrown],
            "undone_by": self.undone_by,
            "exits": self.exits,
            "routers": self.routers,
            "handlers": [handler.model_dump(exclude_defaults=True) for handler in self.handlers],
        }
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.outcome_router.OutcomeRouterOperator",
            arguments={name: value for name, value in given.items() if value},
            retries=3,
            retry_delay_seconds=10,
        )
