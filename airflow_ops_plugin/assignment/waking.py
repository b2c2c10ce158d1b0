"""The one place that lets Airflow's task instances go on: those that wait for an agent and have got it.

Each also waits in a triggerer, which wakes it within two seconds. But whoever makes a lease knows at once who gets it,
so it does what the triggerer would do, as Airflow's API does for an answered human-in-the-loop request. Whatever is
not woken here, the triggerer wakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.work import RESUME_METHOD, Woken, WorkState

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

RECENTLY = timedelta(minutes=1)


def wake_next(session: Session, *, item_id: UUID) -> int:
    """Wake who waits and now has an agent that had the work item before; return how many."""
    earlier = aliased(AssignmentRow)
    agents = sa.select(earlier.agent_id).where(earlier.work_item_id == item_id)
    return _wake(session, _waiting().where(AssignmentRow.agent_id.in_(agents)))


def wake_recent(session: Session, *, now: datetime) -> int:
    """Wake all who wait and were given an agent in the last minute; return how many."""
    return _wake(session, _waiting().where(AssignmentRow.assigned_at >= now - RECENTLY))


def _waiting() -> sa.Select[TaskInstance]:
    """Select the task instances that wait although they have an agent; but not one that is locked."""
    from airflow.models.taskinstance import TaskInstance

    return (
        sa.select(TaskInstance)
        .join(WorkItemRow, WorkItemRow.ti_id == TaskInstance.id)
        .join(AssignmentRow, AssignmentRow.work_item_id == WorkItemRow.id)
        .where(
            AssignmentRow.ended_at.is_(None),
            WorkItemRow.state == str(WorkState.LEASED),
            TaskInstance.state == "deferred",
            TaskInstance.next_method == RESUME_METHOD,
        )
        .with_for_update(skip_locked=True, of=TaskInstance)
    )


def _wake(session: Session, query: sa.Select[Any]) -> int:
    from airflow.models.trigger import handle_event_submit
    from airflow.triggers.base import TriggerEvent

    waiting: Sequence[TaskInstance] = session.scalars(query).unique().all()
    for task_instance in waiting:
        handle_event_submit(TriggerEvent(Woken.READY.value), task_instance=task_instance, session=session)
    return len(waiting)
