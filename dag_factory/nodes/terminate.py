"""Ends a part of the process at once: BPMN's terminate, error, cancel and escalation events, made by the compiler."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type


@node_type("terminate")
class TerminateNode(NodeFields):
    """Stops the other tasks of its scope; then fails, where it is an error end.

    `stops` is bound by the compiler once the scope is known.
    """

    type: Literal["terminate"] = "terminate"
    stops: list[str] | None = None
    fails: bool = False
    error: str = Field("", description="Code of the error that it fails with.")

    def to_task(self) -> TaskSpec:
        """Return the task that ends the rest."""
        given = {"stops": self.stops, "fails": self.fails or None, "error": self.error}
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.terminate.TerminateOperator",
            arguments={name: value for name, value in given.items() if value},
            retries=3,
            retry_delay_seconds=10,
        )
