"""Which work items belong to an attempt that no longer runs, by Airflow's own word, and why.

Airflow fails a task whose process sends no heartbeats, whatever killed it. So its task instances tell all there is to
know: finished, failed, cleared, to be retried, replaced by another attempt, gone with its run.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.models import WorkItemRow
from airflow_ops_plugin.assignment.work import WorkState

ALIVE = ("running", "deferred", "awaiting_input", "scheduled", "queued", "up_for_reschedule")
"""States of an attempt that may still need its agent; a deferred one is scheduled and queued before it goes on."""

RUN_ENDED = ("success", "failed")


def find_ended(session: Session, *, limit: int) -> list[tuple[UUID, str]]:
    """Return open work items whose attempt is over, with the reason in words."""
    query = (
        sa.select(WorkItemRow.id, WorkItemRow.ti_id, TaskInstance.id, TaskInstance.state, DagRun.state)
        .outerjoin(
            TaskInstance,
            sa.and_(
                TaskInstance.dag_id == WorkItemRow.dag_id,
                TaskInstance.run_id == WorkItemRow.run_id,
                TaskInstance.task_id == WorkItemRow.task_id,
                TaskInstance.map_index == WorkItemRow.map_index,
            ),
        )
        .outerjoin(DagRun, sa.and_(DagRun.dag_id == WorkItemRow.dag_id, DagRun.run_id == WorkItemRow.run_id))
        .where(
            WorkItemRow.state.in_([str(WorkState.QUEUED), str(WorkState.LEASED)]),
            sa.or_(
                TaskInstance.id.is_(None),
                TaskInstance.id != WorkItemRow.ti_id,
                TaskInstance.state.is_(None),
                TaskInstance.state.not_in(ALIVE),
                DagRun.state.in_(RUN_ENDED),
            ),
        )
        .order_by(WorkItemRow.id)
        .limit(limit)
    )
    return [(row[0], _reason(*row[1:])) for row in session.execute(query)]


def _reason(asked_by: UUID, present: UUID | None, state: Any, run_state: Any) -> str:
    if present is None:
        return "the task instance is gone"
    if present != asked_by:
        return "another attempt of the task has begun"
    if state is None:
        return "the task was cleared"
    if str(state) not in ALIVE:
        return f"the task is {state}"
    return f"the run is {run_state}"
