"""Runs and task instances in Airflow's database, put there without a scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from airflow.sdk import DAG


def put_run(
    dag_id: str, task_ids: Sequence[str], *, run_id: str = "r", requester: str | None = "rita", state: str = "running"
) -> dict[str, UUID]:
    """Write a Dag, a run that ``requester`` started, and an instance of each task in ``state``; return their ids."""
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    with DAG(dag_id, schedule=None) as dag:
        for task_id in task_ids:
            EmptyOperator(task_id=task_id)
    drop_run(dag_id, run_id)
    register_dag(dag)
    with create_session(scoped=False) as session:
        known = SerializedDagModel.get(dag_id, session=session)
        assert known is not None
        run = known.dag.create_dagrun(
            run_id=run_id,
            run_after=datetime.now(UTC),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=requester,
            state=DagRunState.RUNNING,
            session=session,
        )
        found = {}
        for task_instance in run.get_task_instances(session=session):
            task_instance.state = state
            task_instance.try_number = 1
            found[task_instance.task_id] = task_instance.id
    return found


def drop_run(dag_id: str, run_id: str = "r") -> None:
    """Delete a run with everything that belongs to it."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session(scoped=False) as session:
        session.execute(delete(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))


def change_task(dag_id: str, task_id: str, *, run_id: str = "r", **columns: Any) -> None:
    """Change columns of a task instance."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session(scoped=False) as session:
        session.execute(
            update(TaskInstance)
            .where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id, TaskInstance.task_id == task_id)
            .values(**columns)
        )


def write_state(dag_id: str, task_id: str, key: str, value: Any, *, run_id: str = "r") -> None:
    """Write a task's state as the execution API does for the task itself."""
    import json

    from airflow._shared.state import TaskScope
    from airflow.state import get_state_backend
    from airflow.utils.session import create_session

    scope = TaskScope(dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=-1)
    with create_session(scoped=False) as session:
        get_state_backend().set(scope, key, json.dumps(value), session=session)


def register_dag(dag: DAG) -> None:
    """Write the Dag to the database, as the Dag processor does after parsing."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    with create_session() as session:
        DagBundlesManager().sync_bundles_to_db(session=session)
    lazy = LazyDeserializedDAG.from_dag(dag)
    errors: dict[tuple[str, str], str] = {}
    with create_session() as session:
        update_dag_parsing_results_in_db("dags-folder", None, [lazy], errors, None, set(), session=session)
    assert not errors, errors


def task_state(dag_id: str, task_id: str, *, run_id: str = "r") -> str | None:
    """Return the state of a task instance."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        found: str | None = session.scalar(
            select(TaskInstance.state).where(
                TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id, TaskInstance.task_id == task_id
            )
        )
    return found
