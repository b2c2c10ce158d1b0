"""Asking for an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.ending import close_work, lock_item
from airflow_ops_plugin.assignment.errors import UnknownStrategyError, UnknownWorkItemError
from airflow_ops_plugin.assignment.models import WorkItemRow
from airflow_ops_plugin.assignment.publication import publish
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.seats import BY_ITSELF, fill_seats
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import EndReason, Need, WorkKey, WorkState, queue_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The attempt of a task instance that asks.

    :param requester: user name of who started the run, where a person did.
    """

    key: WorkKey
    ti_id: UUID
    try_number: int
    requester: str | None


def request_work(
    session: Session,
    roster: Roster,
    settings: AssignmentSettings,
    *,
    attempt: Attempt,
    request: WorkRequest,
    now: datetime,
) -> WorkItemRow:
    """Return the work item of ``attempt``, leased where somebody is free and nobody has waited longer, else queued.

    Asking again for the same attempt gives the same work item. A new attempt ends what an earlier one held.

    :raises UnknownStrategyError: the strategy does not exist.
    """
    strategy = request.strategy or settings.default_strategy
    if strategy not in STRATEGIES:
        raise UnknownStrategyError(f"there is no strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    values = _columns(attempt, request, strategy, settings, now)
    while (item := statements.insert_work_item(session, values)) is None:
        row = find_open(session, attempt.key)
        if row is None:
            continue  # closed by somebody else between the two statements
        if row.ti_id == attempt.ti_id:
            return _published_again(session, row)
        close_work(session, roster, item_id=row.id, reason=EndReason.TASK_ENDED, actor=BY_ITSELF, now=now)
    item.open_seats = item.seats
    fill_seats(session, roster, item=item, now=now, is_new=True)
    return item


def _published_again(session: Session, row: WorkItemRow) -> WorkItemRow:
    """Tell Airflow once more who is asked: the task has opened its request to people anew."""
    if row.kind != AgentKind.PERSON:
        return row
    item = lock_item(session, row.id)
    if item.state != WorkState.CLOSED:
        publish(session, item)
    return item


def find_open(session: Session, key: WorkKey) -> WorkItemRow | None:
    """Return the open work item of a task instance, ``None`` where it has none."""
    return session.scalar(
        sa.select(WorkItemRow)
        .where(
            WorkItemRow.dag_id == key.dag_id,
            WorkItemRow.run_id == key.run_id,
            WorkItemRow.task_id == key.task_id,
            WorkItemRow.map_index == key.map_index,
            WorkItemRow.state != str(WorkState.CLOSED),
        )
        .execution_options(populate_existing=True)
    )


def get_item(session: Session, item_id: UUID) -> WorkItemRow:
    """Return a work item.

    :raises UnknownWorkItemError: there is none.
    """
    item = session.get(WorkItemRow, item_id)
    if item is None:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    return item


def _columns(
    attempt: Attempt, request: WorkRequest, strategy: str, settings: AssignmentSettings, now: datetime
) -> dict[str, Any]:
    """Return the row of a work item all of whose seats are taken, as most are soon: then nothing is written again."""
    need = Need(
        kind=request.kind,
        dag_id=attempt.key.dag_id,
        skills=request.skills,
        prefer_labels=frozenset(request.prefer_labels),
        only_agents=frozenset(request.only_agents),
        any_label=frozenset(request.any_label),
        strategy=strategy,
    )
    return {
        "id": uuid4(),
        "dag_id": attempt.key.dag_id,
        "run_id": attempt.key.run_id,
        "task_id": attempt.key.task_id,
        "map_index": attempt.key.map_index,
        "ti_id": attempt.ti_id,
        "try_number": attempt.try_number,
        "subject": request.subject,
        "kind": str(request.kind),
        "skills": dict(request.skills),
        "prefer_labels": sorted(set(request.prefer_labels)),
        "only_agents": sorted(set(request.only_agents)),
        "any_label": sorted(set(request.any_label)),
        "refusals": request.refusals,
        "strategy": strategy,
        "need_key": need.key,
        "exclude": list(dict.fromkeys(request.exclude)),
        "requester": attempt.requester,
        "preferred_agent": request.preferred_agent,
        "priority": request.priority,
        "seats": request.seats,
        "quorum": request.quorum,
        "open_seats": 0,
        "offer_timeout_seconds": request.offer_timeout_seconds,
        "state": str(WorkState.LEASED),
        "requested_at": now,
        "queue_at": queue_at(now, request.priority, settings.ageing),
        "leased_at": now,
        "closed_at": None,
        "close_reason": None,
        "explanation": None,
        "is_published": False,
        "revision": 0,
    }
