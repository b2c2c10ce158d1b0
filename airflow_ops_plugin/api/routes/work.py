"""``/v1/work-items``, ``/v1/assignments``, ``/v1/strategies``: who does what, and changing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.api.access import Operator, ReadableDagIds, Reader, TheAuthManager, may_change
from airflow_ops_plugin.api.audit import logged
from airflow_ops_plugin.api.dependencies import Db, Limit, Now, Offset, Settings, TheRoster
from airflow_ops_plugin.assignment import change, queries
from airflow_ops_plugin.assignment.errors import NotYoursError, UnknownWorkItemError
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.request import get_item
from airflow_ops_plugin.assignment.schemas import (
    AssignmentPage,
    DeclineBody,
    PriorityBody,
    ReassignBody,
    ReleaseBody,
    StrategyView,
    WorkItemDetail,
    WorkItemPage,
)
from airflow_ops_plugin.assignment.seats import active_assignments
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import EndReason, WorkState

router = APIRouter(prefix="/v1", tags=["Work"])


@router.get("/work-items")
def list_work_items(
    session: Db,
    roster: TheRoster,
    settings: Settings,
    now: Now,
    user: Reader,
    dag_ids: ReadableDagIds,
    q: Annotated[str | None, Query(description="Part of the Dag's, run's or task's id, or of the subject.")] = None,
    state: WorkState | None = None,
    kind: AgentKind | None = None,
    skill: str | None = None,
    dag_id: str | None = None,
    run_id: str | None = None,
    order_by: queries.WorkOrder = "queue",
    limit: Limit = 50,
    offset: Offset = 0,
) -> WorkItemPage:
    """List work items; ``state=queued`` in the order ``queue`` is the queue, with the reason why each waits."""
    items, total = queries.find_work(
        session,
        readable_dag_ids=dag_ids,
        state=state,
        kind=kind,
        skill=skill,
        dag_id=dag_id,
        run_id=run_id,
        text=q,
        order_by=order_by,
        limit=limit,
        offset=offset,
    )
    return WorkItemPage(items=queries.work_views(session, roster, settings, items=items, now=now), total=total)


def readable_item(session: Db, dag_ids: ReadableDagIds, item_id: UUID) -> WorkItemRow:
    """Return a work item whose Dag the user may see.

    :raises UnknownWorkItemError: there is none.
    """
    item = get_item(session, item_id)
    if item.dag_id not in dag_ids:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    return item


def describer(session: Db, roster: TheRoster, settings: Settings, now: Now) -> Callable[[WorkItemRow], WorkItemDetail]:
    """Return a function that gives a work item in the API's form, with all its assignments and their explanations."""
    return lambda item: queries.work_detail(session, roster, settings, item=item, now=now)


Item = Annotated[WorkItemRow, Depends(readable_item)]
Describe = Annotated[Callable[[WorkItemRow], WorkItemDetail], Depends(describer)]


@router.get("/work-items/{item_id}")
def get_work_item(user: Reader, item: Item, describe: Describe) -> WorkItemDetail:
    """Return a work item with all its assignments and their explanations."""
    return describe(item)


@router.post("/work-items/{item_id}/priority", dependencies=logged("ops_work_priority"))
def set_work_item_priority(
    session: Db, settings: Settings, user: Operator, item: Item, describe: Describe, body: PriorityBody
) -> WorkItemDetail:
    """Give a work item another priority."""
    return describe(change.set_priority(session, settings, item_id=item.id, priority=body.priority))


@router.post("/work-items/{item_id}/reassign", dependencies=logged("ops_work_reassign"))
def reassign_work_item(
    session: Db, roster: TheRoster, now: Now, user: Operator, item: Item, describe: Describe, body: ReassignBody
) -> WorkItemDetail:
    """Give a seat to another agent, named or chosen by the strategy."""
    changed = change.reassign_work(
        session,
        roster,
        item_id=item.id,
        assignment_id=body.assignment_id,
        agent_name=body.agent,
        actor=user.get_name(),
        note=body.reason,
        now=now,
    )
    return describe(changed)


@router.post("/work-items/{item_id}/release", dependencies=logged("ops_work_release"))
def release_work_item(
    session: Db, roster: TheRoster, now: Now, user: Operator, item: Item, describe: Describe, body: ReleaseBody
) -> WorkItemDetail:
    """Take work from its agent and put it back into the queue."""
    changed = change.release_work(
        session,
        roster,
        item_id=item.id,
        assignment_id=body.assignment_id,
        actor=user.get_name(),
        note=body.reason,
        now=now,
    )
    return describe(changed)


@router.post("/work-items/{item_id}/decline", dependencies=logged("ops_work_decline"))
def decline_work_item(
    session: Db,
    roster: TheRoster,
    now: Now,
    user: GetUserDep,
    manager: TheAuthManager,
    item: Item,
    describe: Describe,
    body: DeclineBody,
) -> WorkItemDetail:
    """Say no to an offer, for oneself or, as an operator, for somebody else: it goes to the next."""
    chosen = _declined(session, item.id, body.assignment_id, user, is_operator=may_change(manager, user))
    changed = change.decline_work(
        session,
        roster,
        item_id=item.id,
        assignment_id=chosen.id,
        actor=user.get_name(),
        note=body.reason,
        now=now,
    )
    return describe(changed)


@router.get("/assignments")
def list_assignments(
    session: Db,
    user: Reader,
    dag_ids: ReadableDagIds,
    q: Annotated[
        str | None, Query(description="Part of the agent's name, or of the Dag's, run's or task's id.")
    ] = None,
    agent: str | None = None,
    is_active: bool | None = None,
    dag_id: str | None = None,
    run_id: str | None = None,
    end_reason: EndReason | None = None,
    order_by: queries.AssignmentOrder = "-assigned_at",
    limit: Limit = 50,
    offset: Offset = 0,
) -> AssignmentPage:
    """List assignments, now and in the past, each with its explanation."""
    rows, total = queries.find_assignments(
        session,
        readable_dag_ids=dag_ids,
        agent=agent,
        is_active=is_active,
        dag_id=dag_id,
        run_id=run_id,
        end_reason=end_reason,
        text=q,
        order_by=order_by,
        limit=limit,
        offset=offset,
    )
    return AssignmentPage(items=[queries.assignment_detail(row) for row in rows], total=total)


@router.get("/strategies")
def list_strategies(user: Reader, settings: Settings) -> list[StrategyView]:
    """List the strategies that can be named."""
    return [
        StrategyView(
            name=name,
            description=(STRATEGIES[name].__doc__ or "").partition("\n")[0],
            is_default=name == settings.default_strategy,
        )
        for name in STRATEGIES
    ]


def _declined(
    session: Session, item_id: UUID, assignment_id: int | None, user: BaseUser, *, is_operator: bool
) -> AssignmentRow:
    """Return the assignment that is meant: the named one, or the caller's own."""
    active = active_assignments(session, item_id)
    own = [one for one in active if one.agent.address == str(user.get_id())]
    named = [one for one in active if one.id == assignment_id] if assignment_id is not None else own
    if not named or not (is_operator or named[0] in own):
        raise NotYoursError("this work is not offered to you; only its agent or an operator may decline it")
    return named[0]
