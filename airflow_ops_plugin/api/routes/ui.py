"""``/ui``: what the pages need beyond ``/v1``; may change with the pages."""

from __future__ import annotations

import sqlalchemy as sa
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends

from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.api.access import Reader, TheAuthManager, may_change, may_configure
from airflow_ops_plugin.api.dependencies import Db, Limit, Now, Offset, Settings, TheRoster
from airflow_ops_plugin.assignment import queries
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.schemas import WorkItemPage
from airflow_ops_plugin.assignment.work import WorkState
from airflow_ops_plugin.engine.schemas import Rights, Summary
from airflow_ops_plugin.engine.service import engine_state

router = APIRouter(prefix="/ui", tags=["UI"])


@router.get("/summary")
def get_summary(session: Db, settings: Settings, now: Now, user: Reader, manager: TheAuthManager) -> Summary:
    """Return the head of the Operations page; ``version`` tells whether the rest has changed."""
    here = AgentRow.removed_at.is_(None)
    by_status = session.execute(sa.select(AgentRow.status, sa.func.count()).where(here).group_by(AgentRow.status))
    capacity, load = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(AgentRow.capacity), 0), sa.func.coalesce(sa.func.sum(AgentRow.load), 0)
        ).where(here)
    ).one()
    queued, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(WorkItemRow.requested_at)).where(
            WorkItemRow.state == str(WorkState.QUEUED)
        )
    ).one()
    leased = session.scalar(sa.select(sa.func.count()).where(AssignmentRow.ended_at.is_(None))) or 0
    turn = session.scalar(sa.select(sa.func.max(AgentRow.turn))) or 0
    latest = session.scalar(sa.select(sa.func.max(AssignmentRow.id))) or 0
    is_open = WorkItemRow.state.in_([str(WorkState.QUEUED), str(WorkState.LEASED)])
    items, priorities = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(WorkItemRow.priority), 0)).where(is_open)
    ).one()
    return Summary(
        version=f"{turn}-{latest}-{items}-{queued}-{priorities}",
        agents_by_status=dict(by_status.all()),
        capacity=capacity,
        load=load,
        queued=queued,
        oldest_queued_seconds=None if oldest is None else max(0.0, (now - oldest).total_seconds()),
        leased=leased,
        engine=engine_state(session, now=now),
        rights=Rights(
            user_id=str(user.get_id()),
            user_name=user.get_name(),
            can_change=may_change(manager, user),
            can_configure=may_configure(manager, user),
        ),
        default_strategy=settings.default_strategy,
        ageing_seconds=settings.ageing.total_seconds(),
    )


@router.get(
    "/dags/{dag_id}/runs/{run_id}/work-items",
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.TASK_INSTANCE))],
)
def list_work_of_run(
    session: Db,
    roster: TheRoster,
    settings: Settings,
    now: Now,
    dag_id: str,
    run_id: str,
    limit: Limit = 100,
    offset: Offset = 0,
) -> WorkItemPage:
    """List who does what in a run, for whoever may see its task instances."""
    items, total = queries.find_work(
        session,
        readable_dag_ids=None,
        dag_id=dag_id,
        run_id=run_id,
        order_by="requested_at",
        limit=limit,
        offset=offset,
    )
    return WorkItemPage(items=queries.work_views(session, roster, settings, items=items, now=now), total=total)
