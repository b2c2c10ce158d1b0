"""Telling Airflow who is asked, whenever the people of a work item change."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.required_action import write_assignees
from airflow_ops_plugin.assignment.work import WorkKey, WorkState


def publish(session: Session, item: WorkItemRow) -> None:
    """Write the people who have a seat of ``item`` into its request, where the task has made one already."""
    people = session.execute(
        sa.select(AgentRow.address, AgentRow.name)
        .join(AssignmentRow, AssignmentRow.agent_id == AgentRow.id)
        .where(AssignmentRow.work_item_id == item.id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.seat)
    ).all()
    item.is_published = write_assignees(
        session, key=key_of(item), people=[(person.address, person.name) for person in people]
    )
    session.flush()


def publish_late(session: Session, *, now: datetime, limit: int) -> int:
    """Write the people of work whose request has been made since they were chosen; return how many were written."""
    items = session.scalars(
        sa.select(WorkItemRow)
        .where(
            WorkItemRow.kind == str(AgentKind.PERSON),
            WorkItemRow.is_published.is_(False),
            WorkItemRow.state != str(WorkState.CLOSED),
        )
        .order_by(WorkItemRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for item in items:
        publish(session, item)
    return sum(item.is_published for item in items)


def key_of(item: WorkItemRow) -> WorkKey:
    """Return the task instance that a work item belongs to."""
    return WorkKey(dag_id=item.dag_id, run_id=item.run_id, task_id=item.task_id, map_index=item.map_index)
