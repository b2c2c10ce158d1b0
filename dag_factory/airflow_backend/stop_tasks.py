"""Stops tasks of the same run: takes back those that wait, tells those that run, and waits until they have ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from airflow.sdk.execution_time.comms import SkipDownstreamTasks

from dag_factory.airflow_backend.task_states import FINISHED, Instance, read_states

if TYPE_CHECKING:
    from airflow.sdk import Context

STOPS_KEY = "stops"
"""XCom by which a task tells running tasks that they are to stop."""

PATIENCE_SECONDS = 60.0
"""How long running tasks have to stop before the flow goes on without them."""


class Log(Protocol):
    """Where an operator writes its log."""

    def info(self, event: str, *args: Any) -> Any:
        """Write what happens."""

    def warning(self, event: str, *args: Any) -> Any:
        """Write what may be wrong."""


def stop_tasks(context: Context, task_ids: Sequence[str], log: Log) -> None:
    """Stop the instances of ``task_ids`` that have not ended; they count as skipped.

    A task that runs and does not ask whether it is to stop (``StopWatch``) goes on to its end; it is waited for a
    minute at the most.
    """
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # exists only while a task runs

    ti = context["ti"]
    ti.xcom_push(key=STOPS_KEY, value=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    quiet = 0
    while quiet < 2:
        left = [item for item, state in read_states(ti, task_ids).items() if state not in FINISHED]
        if left:
            SUPERVISOR_COMMS.send(SkipDownstreamTasks(tasks=list(left)))
        quiet = 0 if left else quiet + 1
        if left and time.monotonic() > deadline:
            log.warning("Still running, and not stopped: %s", ", ".join(_names(left)))
            return
        # Asked twice: the scheduler may just be putting a task into its queue.
        time.sleep(0.5)
    log.info("Stopped what was left of %d tasks", len(task_ids))


def _names(instances: Sequence[Instance]) -> list[str]:
    return [task_id if index < 0 else f"{task_id}[{index}]" for task_id, index in instances]
