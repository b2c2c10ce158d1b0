"""Sends a message or a signal: BPMN's throwing events and send tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Marker, NodeFields, node_type


@node_type("throw")
class ThrowNode(NodeFields):
    """Sends a message to the run that waits for it, or a signal to all runs that do; starts Dags that begin with it."""

    type: Literal["throw"] = "throw"
    kind: Literal["message", "signal"]
    event: str = Field(description="Name of the message or signal.")
    correlation: str = Field("", description="Expression for the business key of the receiver.")
    payload: Annotated[dict[str, str], Marker.EXPRESSION] = Field(
        default_factory=dict, description="Variables that go with it: name -> expression."
    )

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expressions of the key and the payload."""
        yield from super().reads()
        if self.correlation:
            yield Marker.EXPRESSION, self.correlation

    def to_task(self) -> TaskSpec:
        """Return the task that sends."""
        given = {"kind": self.kind, "event": self.event, "correlation": self.correlation, "payload": self.payload}
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.throw.ThrowOperator",
            arguments={name: value for name, value in given.items() if value},
            retries=3,
            retry_delay_seconds=10,
        )
