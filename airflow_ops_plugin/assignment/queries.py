"""Reading work items and assignments for people: pages, filters, order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.assignment.explanation import Explanation
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import (
    AgentRef,
    AssignmentDetail,
    AssignmentView,
    ExplanationView,
    WorkItemDetail,
    WorkItemView,
)
from airflow_ops_plugin.assignment.seats import explain_waiting
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import EndReason, WorkState

WorkOrder = Literal[
    "queue",
    "-queue",
    "requested_at",
    "-requested_at",
    "priority",
    "-priority",
    "dag_id",
    "-dag_id",
    "task_id",
    "-task_id",
]
AssignmentOrder = Literal[
    "assigned_at", "-assigned_at", "ended_at", "-ended_at", "agent", "-agent", "dag_id", "-dag_id"
]

_WORK_ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "queue": WorkItemRow.queue_at.expression,
    "requested_at": WorkItemRow.requested_at.expression,
    "priority": WorkItemRow.priority.expression,
    "dag_id": WorkItemRow.dag_id.expression,
    "task_id": WorkItemRow.task_id.expression,
}
_ASSIGNMENT_ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "assigned_at": AssignmentRow.id.expression,
    "ended_at": AssignmentRow.ended_at.expression,
    "agent": AgentRow.name.expression,
    "dag_id": WorkItemRow.dag_id.expression,
}


def find_work(
    session: Session,
    *,
    readable_dag_ids: Collection[str] | None,
    state: WorkState | None = None,
    kind: AgentKind | None = None,
    skill: str | None = None,
    dag_id: str | None = None,
    run_id: str | None = None,
    text: str | None = None,
    order_by: WorkOrder = "queue",
    limit: int = 50,
    offset: int = 0,
) -> tuple[Sequence[WorkItemRow], int]:
    """Return one page of the work items that match, and how many match in all.

    :param readable_dag_ids: the Dags that the reader may see; ``None`` for all.
    :param text: part of the Dag's, the run's or the task's id, or of the subject, in any case.
    """
    query = sa.select(WorkItemRow)
    if readable_dag_ids is not None:
        query = query.where(WorkItemRow.dag_id.in_(readable_dag_ids))
    if state:
        query = query.where(WorkItemRow.state == str(state))
    if kind:
        query = query.where(WorkItemRow.kind == str(kind))
    if skill:
        query = query.where(sa.cast(WorkItemRow.skills, sa.Text).like(f'%"{_escaped(skill)}":%', escape="\\"))
    query = _of_run(query, dag_id, run_id)
    if text:
        query = query.where(_contains(text, *_WORK_TEXTS))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    ordered = _ordered(query, _WORK_ORDERS, order_by, WorkItemRow.id)
    return session.scalars(ordered.limit(limit).offset(offset)).all(), total


def find_assignments(
    session: Session,
    *,
    readable_dag_ids: Collection[str] | None,
    agent: str | None = None,
    is_active: bool | None = None,
    dag_id: str | None = None,
    run_id: str | None = None,
    end_reason: EndReason | None = None,
    text: str | None = None,
    order_by: AssignmentOrder = "-assigned_at",
    limit: int = 50,
    offset: int = 0,
) -> tuple[Sequence[AssignmentRow], int]:
    """Return one page of the assignments that match, and how many match in all."""
    query = sa.select(AssignmentRow).join(AssignmentRow.work_item).join(AssignmentRow.agent)
    if readable_dag_ids is not None:
        query = query.where(WorkItemRow.dag_id.in_(readable_dag_ids))
    if agent:
        query = query.where(AgentRow.name == agent)
    if is_active is not None:
        query = query.where(AssignmentRow.ended_at.is_(None) if is_active else AssignmentRow.ended_at.is_not(None))
    if end_reason:
        query = query.where(AssignmentRow.end_reason == str(end_reason))
    query = _of_run(query, dag_id, run_id)
    if text:
        query = query.where(_contains(text, AgentRow.name, *_WORK_TEXTS))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    ordered = _ordered(query, _ASSIGNMENT_ORDERS, order_by, AssignmentRow.id)
    page = ordered.options(joinedload(AssignmentRow.work_item), joinedload(AssignmentRow.agent))
    return session.scalars(page.limit(limit).offset(offset)).all(), total


def work_views(
    session: Session, roster: Roster, settings: AssignmentSettings, *, items: Sequence[WorkItemRow], now: datetime
) -> list[WorkItemView]:
    """Return the API's form of work items, with places in the queue and reasons for waiting as of now."""
    ids = [item.id for item in items]
    active = _active_by_item(session, ids)
    completed = _completed_by_item(session, ids)
    queued = [item for item in items if item.state == WorkState.QUEUED]
    positions = _positions(session, [item.id for item in queued])
    waiting = explain_waiting(session, roster, items=queued, now=now)
    views = []
    for item in items:
        end = item.closed_at or now
        is_waiting = item.state == WorkState.QUEUED
        waited = (now - item.requested_at) / settings.ageing if is_waiting else 0.0
        columns = {name: getattr(item, name) for name in _PLAIN}
        views.append(
            WorkItemView(
                **columns,
                effective_priority=item.priority + waited,
                completed=completed.get(item.id, 0),
                age_seconds=(end - item.requested_at).total_seconds(),
                position=positions.get(item.id),
                reason=waiting[item.id].summary if item.id in waiting else None,
                assignments=active.get(item.id, []),
            )
        )
    return views


def work_detail(
    session: Session, roster: Roster, settings: AssignmentSettings, *, item: WorkItemRow, now: datetime
) -> WorkItemDetail:
    """Return one work item with everything that is known about it."""
    view = work_views(session, roster, settings, items=[item], now=now)[0]
    query = (
        sa.select(AssignmentRow)
        .where(AssignmentRow.work_item_id == item.id)
        .options(joinedload(AssignmentRow.work_item), joinedload(AssignmentRow.agent))
        .order_by(AssignmentRow.id)
        .execution_options(populate_existing=True)
    )
    waiting = None
    if item.state == WorkState.QUEUED:
        waiting = explanation_view(explain_waiting(session, roster, items=[item], now=now)[item.id])
    history = [assignment_detail(row) for row in session.scalars(query)]
    return WorkItemDetail(**dict(view), history=history, waiting=waiting)


def assignment_detail(row: AssignmentRow) -> AssignmentDetail:
    """Return the API's form of an assignment, with its work and its explanation."""
    view = AssignmentView.model_validate(row)
    item = row.work_item
    return AssignmentDetail(
        **dict(view),
        dag_id=item.dag_id,
        run_id=item.run_id,
        task_id=item.task_id,
        map_index=item.map_index,
        subject=item.subject,
        explanation=ExplanationView.model_validate(row.explanation),
    )


def explanation_view(explanation: Explanation) -> ExplanationView:
    """Return the API's form of an explanation."""
    return ExplanationView.model_validate(explanation.as_json())


def agent_ref(row: AgentRow) -> AgentRef:
    """Return what is needed to use an agent."""
    return AgentRef.model_validate(row)


_PLAIN = (
    "id",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "try_number",
    "subject",
    "kind",
    "skills",
    "prefer_labels",
    "only_agents",
    "any_label",
    "exclude",
    "strategy",
    "priority",
    "state",
    "seats",
    "quorum",
    "open_seats",
    "requester",
    "requested_at",
    "leased_at",
    "closed_at",
    "close_reason",
)

_WORK_TEXTS = (WorkItemRow.dag_id, WorkItemRow.run_id, WorkItemRow.task_id, WorkItemRow.subject)


def _active_by_item(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[AssignmentView]]:
    query = (
        sa.select(AssignmentRow)
        .where(AssignmentRow.work_item_id.in_(ids), AssignmentRow.ended_at.is_(None))
        .options(joinedload(AssignmentRow.agent))
        .order_by(AssignmentRow.seat)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[AssignmentView]] = {}
    for row in session.scalars(query):
        found.setdefault(row.work_item_id, []).append(AssignmentView.model_validate(row))
    return found


def _completed_by_item(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        sa.select(AssignmentRow.work_item_id, sa.func.count())
        .where(AssignmentRow.work_item_id.in_(ids), AssignmentRow.end_reason == str(EndReason.COMPLETED))
        .group_by(AssignmentRow.work_item_id)
    )
    return dict(session.execute(query).all())


def _positions(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    place = sa.func.row_number().over(order_by=(WorkItemRow.queue_at, WorkItemRow.id)).label("place")
    queue = sa.select(WorkItemRow.id, place).where(WorkItemRow.state == str(WorkState.QUEUED)).subquery()
    query = sa.select(queue.c.id, queue.c.place).where(queue.c.id.in_(ids))
    return dict(session.execute(query).all())


def _of_run(query: sa.Select[Any], dag_id: str | None, run_id: str | None) -> sa.Select[Any]:
    if dag_id:
        query = query.where(WorkItemRow.dag_id == dag_id)
    if run_id:
        query = query.where(WorkItemRow.run_id == run_id)
    return query


def _contains(text: str, *columns: Any) -> sa.ColumnElement[bool]:
    pattern = f"%{_escaped(text)}%"
    return sa.or_(*(column.ilike(pattern, escape="\\") for column in columns))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _ordered(
    query: sa.Select[Any], orders: dict[str, sa.ColumnElement[Any]], order_by: str, then: Any
) -> sa.Select[Any]:
    column = orders[order_by.removeprefix("-")]
    if order_by.startswith("-"):
        return query.order_by(column.desc(), sa.desc(then))
    return query.order_by(column.asc(), then)
