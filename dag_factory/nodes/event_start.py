"""A start by a message or a signal, made by the compiler out of BPMN's typed start events."""

from __future__ import annotations

from typing import Literal

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.base import NodeFields, node_type


@node_type("event_start")
class EventStartNode(NodeFields):
    """Begins the flow with what the event that started the run brings; starts a run for each further event.

    Airflow starts one run for all events that come together; BPMN starts one for each.
    """

    type: Literal["event_start"] = "event_start"

    @property
    def brings_variables(self) -> bool:
        """What the sender had comes with the event."""
        return True

    def to_task(self) -> TaskSpec:
        """Return the task that unpacks the event."""
        return TaskSpec(
            task_id=self.id,
            operator="airflow_ops_plugin.operators.event_start.EventStartOperator",
            retries=3,
            retry_delay_seconds=10,
        )
