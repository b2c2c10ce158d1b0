"""Sets variables to the values of expressions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import Marker, NodeFields, VariableName, node_type


@node_type("assign")
class AssignNode(NodeFields):
    """Computes variables from other ones. Its result has the values under their names."""

    type: Literal["assign"] = "assign"
    values: Annotated[dict[VariableName, str], Marker.EXPRESSION] = Field(
        min_length=1, description="Variables it sets: name -> expression."
    )

    def variables_set(self) -> frozenset[str]:
        """Return the names of ``values``."""
        return frozenset(self.values)

    def to_task(self) -> TaskSpec:
        """Return the task that computes the values."""
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.assign.AssignOperator",
            arguments={"values_of": self.values},
        )
