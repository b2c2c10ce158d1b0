"""A call of an HTTP API through an Airflow connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.agent import AgentActivity
from dag_factory.nodes.base import Expression, Marker, Text, node_type


@node_type("api_call")
class ApiCallNode(AgentActivity):
    """Calls an HTTP API. Its result has `status`, `headers`, `body` (parsed where it is JSON) and `elapsed_seconds`."""

    default_timeout_seconds: ClassVar[float] = 300
    default_retries: ClassVar[int] = 3

    type: Literal["api_call"] = "api_call"
    connection: Text = Field("http_default", description="Airflow HTTP connection: base address and credentials.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        "GET", description="HTTP method."
    )
    endpoint: Text = Field("", description="Path below the connection's base address.")
    query: Annotated[dict[str, Any], Marker.TEXT] = Field(default_factory=dict, description="Query parameters.")
    headers: Annotated[dict[str, str], Marker.TEXT] = Field(default_factory=dict, description="Request headers.")
    body: Annotated[Any, Marker.TEXT] = Field(None, description="An object or list is sent as JSON, text as it is.")
    expected_status: list[int | Annotated[str, Field(pattern=r"^[1-5]xx$")]] = Field(
        default=["2xx"], description="Status codes or classes (`2xx`) that count as success."
    )
    response_filter: Expression | None = Field(
        None, description="Expression over `status`, `headers`, `body` whose value becomes the result's `body`."
    )
    idempotency_key: bool | str = Field(
        False,
        description="`true` sends an `Idempotency-Key`, the same in all attempts, so that a POST may be retried.",
    )

    def reads(self) -> Any:
        """Yield the expressions over process variables; ``response_filter`` reads the response instead."""
        return ((marker, text) for marker, text in super().reads() if text != self.response_filter)

    def to_task(self) -> TaskSpec:
        """Return the task that makes the call."""
        arguments = {
            "connection": self.connection,
            "method": self.method,
            "endpoint": self.endpoint,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "expected_status": self.expected_status if self.expected_status != ["2xx"] else None,
            "response_filter": self.response_filter,
            "idempotency_key": self.idempotency_key or None,
            "agent": self.agent_argument(),
        }
        task = self.work_task("airflow_ops_plugin.operators.api_call.ApiCallOperator", arguments)
        return replace(task, retry_policy="airflow_ops_plugin.operators.idempotent_retry.IdempotentRetryPolicy")
