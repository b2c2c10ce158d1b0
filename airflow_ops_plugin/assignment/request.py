"""Asking for an agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.ending import close_work, lock_item
from airflow_ops_plugin.assignment.errors import UnknownStrategyError, UnknownWorkItemError
from airflow_ops_plugin.assignment.models import WorkItemRow
from airflow_ops_plugin.assignment.new_work import NewWork, add_new_work
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


AddNewWork = Callable[[Session, NewWork, datetime], bool]
"""Adds new work, decides about it, and returns whether it was added: the task instance may have other, open work."""


def request_work(
    session: Session,
    roster: Roster,
    settings: AssignmentSettings,
    *,
    attempt: Attempt,
    request: WorkRequest,
    now: datetime,
    add: AddNewWork | None = None,
) -> UUID:
    """Return the id of the work item of ``attempt``.

    It is leased where somebody is free and nobody has waited longer, else queued. Asking again for the same attempt
    gives the same work item. A new attempt ends what an earlier one held.

    :param add: ``Desk.add`` where several threads ask; by default it is done in the transaction of ``session``.
    :raises UnknownStrategyError: the strategy does not exist.
    """
    strategy = request.strategy or settings.default_strategy
    if strategy not in STRATEGIES:
        raise UnknownStrategyError(f"there is no strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    work = _new_work(attempt, request, strategy, settings, now)
    if request.kind == AgentKind.PERSON or request.seats > 1 or request.exclude or request.preferred_agent:
        add = partial(_add_special, roster)
    elif add is None:
        add = partial(_add_plain, roster)
    while not add(session, work, now):
        row = find_open(session, attempt.key)
        if row is None:
            continue  # closed by somebody else between the two statements
        if row.ti_id == attempt.ti_id:
            _publish_again(session, row)
            return row.id
        close_work(session, roster, item_id=row.id, reason=EndReason.TASK_ENDED, actor=BY_ITSELF, now=now)
    return work.id


def _add_plain(roster: Roster, session: Session, work: NewWork, now: datetime) -> bool:
    return work.id in add_new_work(session, roster, [work], now=now).ids


def _add_special(roster: Roster, session: Session, work: NewWork, now: datetime) -> bool:
    """Add work that wants a look at its run, at several agents or at people; return whether it was added."""
    if not statements.insert_work_items(session, [work.values]):
        return False
    item = get_item(session, work.id)
    item.open_seats = item.seats
    fill_seats(session, roster, item=item, now=now, is_new=True)
    return True


def _publish_again(session: Session, row: WorkItemRow) -> None:
    """Tell Airflow once more who is asked: the task has opened its request to people anew."""
    if row.kind == AgentKind.PERSON:
        item = lock_item(session, row.id)
        if item.state != WorkState.CLOSED:
            publish(session, item)


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


def _new_work(
    attempt: Attempt, request: WorkRequest, strategy: str, settings: AssignmentSettings, now: datetime
) -> NewWork:
    """Return the work with all its seats taken, as most are soon: then its work item is not written again."""
    need = Need(
        kind=request.kind,
        dag_id=attempt.key.dag_id,
        skills=request.skills,
        prefer_labels=frozenset(request.prefer_labels),
        only_agents=frozenset(request.only_agents),
        any_label=frozenset(request.any_label),
        strategy=strategy,
    )
    values = {
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
    return NewWork(values, need)
