"""A wait for a time, without using a worker."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Activity, Text, node_type


@node_type("wait")
class WaitNode(Activity):
    """Waits for a duration or until an instant. Its result has `waited_until`."""

    default_timeout_seconds: ClassVar[float] = 7 * 86_400
    default_retries: ClassVar[int] = 0

    type: Literal["wait"] = "wait"
    duration: Text | None = Field(None, description="ISO 8601 duration (`PT5M`, `P1D`) or seconds.")
    until: Text | None = Field(None, description="ISO 8601 instant; with an offset, or read in `timezone`.")
    timezone: str | None = Field(None, description="IANA time zone of an `until` without an offset.")

    @model_validator(mode="after")
    def _has_one_end(self) -> WaitNode:
        if (self.duration is None) == (self.until is None):
            raise ValueError("give either `duration` or `until`")
        return self

    def to_task(self) -> TaskSpec:
        """Return the task that waits; a wait has no time-out but its own end."""
        arguments = {"duration": self.duration, "until": self.until, "timezone": self.timezone}
        task = self.work_task("airflow_ops_plugin.operators.wait.WaitOperator", arguments)
        return replace(task, timeout_seconds=self.timeout_seconds)
