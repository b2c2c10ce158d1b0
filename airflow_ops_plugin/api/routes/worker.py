"""``/worker``: what tasks and triggerers call. Every call may be repeated without harm."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from airflow.utils.session import create_session
from fastapi import APIRouter, BackgroundTasks, Depends, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from airflow_ops_plugin.api import worker_token
from airflow_ops_plugin.api.dependencies import Db, Now, Settings, TheDesk, TheRoster
from airflow_ops_plugin.api.worker_token import TaskIdentity, TokenRefusedError
from airflow_ops_plugin.assignment import queries
from airflow_ops_plugin.assignment.ending import answer_work, answers_of, decision_of, finish_work
from airflow_ops_plugin.assignment.errors import UnknownWorkItemError
from airflow_ops_plugin.assignment.models import WorkItemRow
from airflow_ops_plugin.assignment.request import request_work
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import (
    AnswerBody,
    AnswerResult,
    FinishBody,
    TokenBody,
    TokenView,
    WaitBody,
    WaitResult,
    WorkItemView,
    WorkRequest,
)
from airflow_ops_plugin.assignment.seats import active_assignments
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.waking import wake_next
from airflow_ops_plugin.assignment.work import WorkKey, WorkState
from airflow_ops_plugin.worker.client import REFRESHED_TOKEN

WAIT_POLL_SECONDS = 0.25

router = APIRouter(prefix="/worker", tags=["Worker"])
_bearer = HTTPBearer(auto_error=False)


def identify_task(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> TaskIdentity:
    """Return which attempt calls.

    :raises TokenRefusedError: the token is missing or not valid.
    """
    return worker_token.read_token(credentials.credentials if credentials else None)


Caller = Annotated[TaskIdentity, Depends(identify_task)]


@router.post("/token")
def issue_worker_token(session: Db, body: TokenBody) -> TokenView:
    """Give a running task instance a token, in exchange for a proof that it is it."""
    key = WorkKey(dag_id=body.dag_id, run_id=body.run_id, task_id=body.task_id, map_index=body.map_index)
    identity = worker_token.check_proof(session, key=key, proof=body.proof)
    return TokenView(access_token=worker_token.issue_token(identity), expires_in_seconds=worker_token.VALID_SECONDS)


@router.post("/work-items")
def request_work_item(
    session: Db, desk: TheDesk, roster: TheRoster, settings: Settings, now: Now, caller: Caller, body: WorkRequest
) -> WorkItemView:
    """Ask for an agent. The answer is the work item, leased or queued; asking again gives the same."""
    attempt = worker_token.attempt_of(session, caller)
    item_id = request_work(session, roster, settings, attempt=attempt, request=body, now=now, add=desk.add)
    item = session.get_one(WorkItemRow, item_id, populate_existing=True)
    return queries.work_views(session, roster, settings, items=[item], now=now)[0]


@router.get("/work-items/current")
def get_current_work_item(session: Db, roster: TheRoster, settings: Settings, now: Now, caller: Caller) -> WorkItemView:
    """Return the latest work item of this attempt."""
    item = session.scalar(
        sa.select(WorkItemRow)
        .where(WorkItemRow.ti_id == caller.ti_id)
        .order_by(WorkItemRow.requested_at.desc())
        .limit(1)
    )
    if item is None:
        raise UnknownWorkItemError("this attempt has asked for no agent")
    return queries.work_views(session, roster, settings, items=[item], now=now)[0]


@router.post("/work-items/{item_id}/finish")
def finish_work_item(
    session: Db,
    roster: TheRoster,
    settings: Settings,
    now: Now,
    caller: Caller,
    item_id: UUID,
    body: FinishBody,
    afterwards: BackgroundTasks,
) -> WorkItemView:
    """Give the agents back: the work is done, or is not to be done."""
    _require_own(session.get(WorkItemRow, item_id), caller, item_id)
    item = finish_work(
        session,
        roster,
        item_id=item_id,
        is_completed=body.is_completed,
        outcome=body.outcome,
        actor=caller.key.task_id,
        now=now,
    )
    afterwards.add_task(_wake_next, item_id)
    return queries.work_views(session, roster, settings, items=[item], now=now)[0]


@router.post("/work-items/{item_id}/answers")
def record_answer(
    session: Db, roster: TheRoster, settings: Settings, now: Now, caller: Caller, item_id: UUID, body: AnswerBody
) -> AnswerResult:
    """Record the answer of a person, and say whether it takes more of them."""
    _require_own(session.get(WorkItemRow, item_id), caller, item_id)
    item = answer_work(session, roster, item_id=item_id, user_id=body.user_id, outcome=body.outcome, now=now)
    active = active_assignments(session, item_id)
    answers = answers_of(session, item_id)
    decision = decision_of(item, answers)
    return AnswerResult(
        work_item=queries.work_views(session, roster, settings, items=[item], now=now)[0],
        answers=answers,
        is_decided=decision.is_final,
        decision=decision.answer,
        waiting_for=[queries.agent_ref(one.agent) for one in active],
    )


@router.post("/waits")
async def wait_for_work_items(
    roster: TheRoster, settings: Settings, caller: Caller, body: WaitBody, response: Response
) -> WaitResult:
    """Wait until one of the work items is no longer queued, and return those that are not.

    One call serves all the waiting tasks of a triggerer: any token will do, since the ids are known to their tasks
    only. The answer carries a fresh token in the header ``Refreshed-Ops-Token``.
    """
    response.headers[REFRESHED_TOKEN] = worker_token.issue_token(caller)
    deadline = time.monotonic() + body.timeout_seconds
    while True:
        result = await run_in_threadpool(_ready, roster, settings, body.ids)
        if result.ready or result.unknown or time.monotonic() >= deadline:
            return result
        await asyncio.sleep(WAIT_POLL_SECONDS)


def _ready(roster: Roster, settings: AssignmentSettings, ids: list[UUID]) -> WaitResult:
    """Look once, with a session of its own: a connection is not kept while waiting."""
    with create_session(scoped=False) as session:
        states = dict(
            session.execute(sa.select(WorkItemRow.id, WorkItemRow.state).where(WorkItemRow.id.in_(ids))).all()
        )
        ready = [item_id for item_id, state in states.items() if state != WorkState.QUEUED]
        items = session.scalars(sa.select(WorkItemRow).where(WorkItemRow.id.in_(ready))).all() if ready else []
        views = queries.work_views(session, roster, settings, items=items, now=datetime.now(UTC))
    return WaitResult(ready=views, unknown=[item_id for item_id in ids if item_id not in states])


def _wake_next(item_id: UUID) -> None:
    """Wake who has got the agents of a finished work item.

    In a transaction of its own: whoever holds a lock meanwhile must not keep agents from being given back.
    """
    with create_session(scoped=False) as session:
        wake_next(session, item_id=item_id)


def _require_own(item: WorkItemRow | None, caller: TaskIdentity, item_id: UUID) -> None:
    if item is None:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    if item.ti_id != caller.ti_id:
        raise TokenRefusedError("the token is not for the task instance of this work item")
