"""EventStartOperator: begins a run with what the event that started it brings."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context

from airflow_ops_plugin.operators.child_run import start_run
from dag_factory.airflow_backend.run_origin import EVENT_KEY, starting_events
from dag_factory.airflow_backend.uses_variables import VARIABLES_KEY
from dag_factory.nodes.event_race import BUSINESS_KEY


class EventStartOperator(BaseOperator):
    """Publishes the variables of the first event, and starts a run of the same Dag for each further one.

    Airflow starts one run for all asset events that come at about the same time.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the variables; none where a person or a schedule started the run."""
        ti, events = context["ti"], starting_events(context)
        for number, event in enumerate(events[1:], start=2):
            start_run(
                ti.dag_id,
                f"{ti.run_id}__event_{number}",
                {EVENT_KEY: {"uri": event.uri, "extra": event.extra}},
                f"Started by an event that came together with the one of run {ti.run_id}",
            )
        if not events:
            return {}
        sent = events[0].extra.get("variables")
        variables = dict(sent) if isinstance(sent, dict) else {}
        if key := events[0].extra.get("key"):
            variables[BUSINESS_KEY] = key
        ti.xcom_push(key=VARIABLES_KEY, value=variables)
        return variables
