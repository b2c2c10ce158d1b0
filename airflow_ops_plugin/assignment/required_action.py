"""The one place that reads and writes Airflow's human-in-the-loop requests: who is asked, and who has answered.

Airflow 3.3 has no call to change who may answer a waiting request, so this writes its table. The request of a task is
then among the Required Actions of the people named here, and of nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.work import NOBODY, WorkKey

Person = tuple[str, str]
"""User id and name of somebody who is asked."""


def write_assignees(session: Session, *, key: WorkKey, people: Sequence[Person]) -> bool:
    """Make ``people`` the only ones who may answer the request of a task instance; return whether there is one.

    A request that has been answered stays as it is.
    """
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance

    ti_id = (
        sa.select(TaskInstance.id)
        .where(
            TaskInstance.dag_id == key.dag_id,
            TaskInstance.run_id == key.run_id,
            TaskInstance.task_id == key.task_id,
            TaskInstance.map_index == key.map_index,
        )
        .scalar_subquery()
    )
    assignees = [{"id": user_id, "name": name} for user_id, name in people] or [NOBODY]
    written = session.execute(
        sa.update(HITLDetail)
        .where(HITLDetail.ti_id == ti_id, HITLDetail.responded_at.is_(None))
        .values(assignees=assignees)
        .execution_options(synchronize_session=False)
    )
    return bool(written.rowcount)  # type: ignore[attr-defined]


def answerers(session: Session, *, dag_id: str, run_id: str, task_ids: Collection[str]) -> list[tuple[str, str, str]]:
    """Return task id, user id and user name of whoever answered the requests of some tasks of a run."""
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance

    query = (
        sa.select(TaskInstance.task_id, HITLDetail.responded_by)
        .join(TaskInstance, TaskInstance.id == HITLDetail.ti_id)
        .where(
            TaskInstance.dag_id == dag_id,
            TaskInstance.run_id == run_id,
            TaskInstance.task_id.in_(task_ids),
            HITLDetail.responded_at.is_not(None),
        )
    )
    return [(task_id, str(by["id"]), str(by["name"])) for task_id, by in session.execute(query) if by]
