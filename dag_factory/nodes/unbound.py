"""Work that the template only names (a Java class, a job type) and that nothing here can run."""

from typing import Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type


@node_type("unbound")
class UnboundNode(NodeFields):
    """Fails when a run gets there, with the reason: the rest of the process can be read, tested and run up to it."""

    type: Literal["unbound"] = "unbound"
    reason: str = Field(description="What the element names and why it cannot run.")

    def to_task(self) -> TaskSpec:
        """Return the task that fails with the reason."""
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.unbound.UnboundOperator",
            arguments={"reason": self.reason},
        )
