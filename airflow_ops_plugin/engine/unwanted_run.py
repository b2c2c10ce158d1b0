"""Which called runs nobody waits for any more, by Airflow's own word, and how they are stopped.

A call ends in many ways: an event of the diagram, a time-out, a person who fails, clears or deletes it or its run. All
of them show in its task instance. A called run that somebody clears afterwards belongs to that person, and goes on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import DagRunState
from sqlalchemy.orm import Session

from dag_factory.airflow_backend.run_origin import CHILD_RUN_PREFIX, ORIGIN_KEY
from dag_factory.airflow_backend.task_states import FINISHED

UNFINISHED = (DagRunState.QUEUED, DagRunState.RUNNING)


def find_unwanted(session: Session, *, limit: int) -> list[tuple[int, str]]:
    """Return the called runs that are to stop, with the reason in words."""
    origin = DagRun.conf[ORIGIN_KEY]
    max_tries = origin["max_tries"].as_integer()
    query = (
        sa.select(DagRun.id, TaskInstance.id, TaskInstance.state, TaskInstance.max_tries != max_tries)
        .outerjoin(
            TaskInstance,
            sa.and_(
                TaskInstance.dag_id == origin["dag_id"].as_string(),
                TaskInstance.run_id == origin["run_id"].as_string(),
                TaskInstance.task_id == origin["task_id"].as_string(),
                TaskInstance.map_index == origin["map_index"].as_integer(),
            ),
        )
        .where(
            DagRun.state.in_(UNFINISHED),
            DagRun.run_id.startswith(CHILD_RUN_PREFIX, autoescape=True),
            DagRun.clear_number == 0,
            max_tries.is_not(None),
            sa.or_(
                TaskInstance.id.is_(None),
                TaskInstance.max_tries != max_tries,
                TaskInstance.state.is_(None),
                TaskInstance.state.in_(FINISHED),
            ),
        )
        .order_by(DagRun.id)
        .limit(limit)
    )
    return [(row[0], _reason(*row[1:])) for row in session.execute(query)]


def stop_run(session: Session, *, run_id: int, why: str) -> None:
    """Fail an unfinished run as a person does in Airflow: what runs is killed, what waits is withdrawn.

    :param run_id: the run's key in the database.
    """
    run = session.get(DagRun, run_id)
    if run is None or run.state not in UNFINISHED:
        return
    dag = DBDagBag().get_dag_for_run(run, session=session)
    if dag is None:
        run.set_state(DagRunState.FAILED)
    else:
        set_dag_run_state_to_failed(dag=dag, run_id=run.run_id, commit=True, session=session)
    if run.dag_run_note is not None:
        run.dag_run_note.content = f"{run.dag_run_note.content}\n\nStopped: {why}."


def _reason(present: Any, state: Any, is_cleared: bool | None) -> str:
    if present is None:
        return "the task that called it is gone"
    if is_cleared or state is None:
        return "the task that called it was cleared"
    return f"the task that called it is {state}"
