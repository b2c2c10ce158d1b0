"""Any Airflow operator that the deployment allows."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Activity, Marker, node_type


@node_type("operator")
class OperatorNode(Activity):
    """Runs an Airflow operator that the deployment allows by `[ops] allowed_operators`; any other fails when reached.

    Its result has `result`: what the operator returns.
    """

    default_timeout_seconds: ClassVar[float] = 3600
    default_retries: ClassVar[int] = 0

    type: Literal["operator"] = "operator"
    operator: str = Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$", max_length=300, description="Dotted path of the operator's class."
    )
    arguments: Annotated[dict[str, Any], Marker.TEXT] = Field(
        default_factory=dict,
        description="The operator's own arguments; `${expressions}` count in those that Airflow templates.",
    )

    def to_task(self) -> TaskSpec:
        """Return the task that runs the operator where it is allowed."""
        arguments = {"operator": self.operator, "operator_arguments": self.arguments}
        return self.work_task("dag_factory.airflow_backend.operators.allowed_operator.AllowedOperator", arguments)
