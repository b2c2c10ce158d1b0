"""A call of another template: its own run, awaited."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Activity, Marker, node_type

CALL_OPERATOR = "airflow_ops_plugin.operators.call.CallOperator"


@node_type("call")
class CallNode(Activity):
    """Starts a run of another template (or any Dag) and waits for its end without using a worker.

    Once it waits no longer (a time-out, a failure by hand, an event of the diagram), the engine stops the called run.
    Its result has `run_id`, `state` and `result` (what the called template gives as its `result`).
    """

    default_timeout_seconds: ClassVar[float] = 86_400
    default_retries: ClassVar[int] = 0

    type: Literal["call"] = "call"
    template: str = Field(min_length=1, max_length=250, description="Dag id of what is called.")
    variables: Annotated[dict[str, Any], Marker.TEXT] = Field(
        default_factory=dict, description="Inputs of the called run; values may hold `${expressions}`."
    )
    wait: bool = Field(
        True, description="`false` goes on at once; the called run goes on by itself, however the caller ends."
    )

    def to_task(self) -> TaskSpec:
        """Return the task that calls."""
        arguments = {"dag_id": self.template, "inputs": self.variables, "wait": None if self.wait else False}
        return self.work_task(CALL_OPERATOR, arguments)
