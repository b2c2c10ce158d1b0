"""Sends a message or a signal: BPMN's throwing events and send tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Marker, NodeFields, node_type
from dag_factory.nodes.event_race import BUSINESS_KEY


@node_type("throw")
class ThrowNode(NodeFields):
    """Sends a message to the run that waits for it, or a signal to all runs that do; starts Dags that begin with it.

    All variables that have a value at that point go with it.
    """

    type: Literal["throw"] = "throw"
    kind: Literal["message", "signal"]
    event: str = Field(description="Name of the message or signal.")
    correlation: str = Field("", description="Expression for the business key of the receiver.")

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expression of the key."""
        yield Marker.EXPRESSION, self.correlation or BUSINESS_KEY

    def to_task(self) -> TaskSpec:
        """Return the task that sends."""
        given = {"kind": self.kind, "event": self.event, "correlation": self.correlation}
        return TaskSpec(
            task_id=self.id,
            operator="airflow_ops_plugin.operators.throw.ThrowOperator",
            arguments={name: value for name, value in given.items() if value},
            retries=3,
            retry_delay_seconds=10,
        )
