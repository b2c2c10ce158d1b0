"""A query or statement on a database, through an Airflow connection."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.agent import AgentActivity
from dag_factory.nodes.base import Marker, Text, node_type


@node_type("sql")
class SqlNode(AgentActivity):
    """Runs one SQL statement. Its result has `rows` (a list of objects), `row_count` and `first`."""

    default_timeout_seconds: ClassVar[float] = 300
    default_retries: ClassVar[int] = 0

    type: Literal["sql"] = "sql"
    connection: Text = Field(description="Airflow connection of the database.")
    statement: str = Field(
        min_length=1, description="One statement; values come in by `parameters` only, never by `${...}`."
    )
    parameters: Annotated[dict[str, Any] | list[Any], Marker.TEXT] = Field(
        default_factory=dict, description="Bind parameters, in the style of the database's driver."
    )
    expect: list[str] = Field(
        default_factory=list, description="Expressions over the result that must be true, or the node fails."
    )
    max_rows: int = Field(1000, ge=1, le=100_000, description="More rows than this are an error.")

    def to_task(self) -> TaskSpec:
        """Return the task that runs the statement."""
        arguments = {
            "connection": self.connection,
            "statement": self.statement,
            "parameters": self.parameters,
            "expect": self.expect,
            "max_rows": self.max_rows if self.max_rows != 1000 else None,
            "agent": self.agent_argument(),
        }
        return self.work_task("airflow_ops_plugin.operators.sql.SqlOperator", arguments)
