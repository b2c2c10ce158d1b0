"""The queue: giving what is free to who waits, first things first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.models import WorkItemRow
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.seats import fill_seats, need_of
from airflow_ops_plugin.assignment.work import WorkState

HAND_OVER_LIMIT = 500
"""How much of the queue is looked at when something becomes free; the engine looks at all of it."""

Place = tuple[datetime, UUID]
"""A place in the queue: ``queue_at`` and id."""


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at a part of the queue did.

    :param assigned: how many work items got all they want.
    :param last: the place that was looked at last; ``None`` where the end was reached.
    """

    assigned: int
    last: Place | None


def assign_queued(
    session: Session,
    roster: Roster,
    *,
    now: datetime,
    limit: int,
    after: Place | None = None,
    at_most: int | None = None,
) -> Look:
    """Give work to whom is free, in the order of the queue.

    Where nobody at all suits a need, whatever waits for the same is passed over without being touched.

    :param limit: how many work items to look at.
    :param after: where an earlier look ended.
    :param at_most: how many to assign.
    """
    waiting = session.execute(_waiting(after).limit(limit)).all()
    hopeless: set[str] = set()
    assigned = 0
    for item_id, queue_at, need_key in waiting:
        if need_key in hopeless:
            continue
        if _is_hopeless(session, roster, item_id, now):
            hopeless.add(need_key)
        elif (item := statements.claim_queued(session, item_id)) is not None:
            assigned += fill_seats(session, roster, item=item, now=now)
        if assigned == at_most:
            return Look(assigned, (queue_at, item_id))
    return Look(assigned, (waiting[-1][1], waiting[-1][0]) if len(waiting) == limit else None)


def hand_over(session: Session, roster: Roster, *, freed: int, now: datetime) -> None:
    """Give what has become free to the queue, in the same transaction: nobody who asks now can overtake it.

    :param freed: how many places of agents have become free.
    """
    if freed:
        assign_queued(session, roster, now=now, limit=HAND_OVER_LIMIT, at_most=freed)


def _waiting(after: Place | None) -> sa.Select[UUID, datetime, str]:
    query = sa.select(WorkItemRow.id, WorkItemRow.queue_at, WorkItemRow.need_key).where(
        WorkItemRow.state == str(WorkState.QUEUED)
    )
    if after is not None:
        queue_at, item_id = after
        is_later = sa.and_(WorkItemRow.queue_at == queue_at, WorkItemRow.id > item_id)
        query = query.where(sa.or_(WorkItemRow.queue_at > queue_at, is_later))
    return query.order_by(WorkItemRow.queue_at, WorkItemRow.id)


def _is_hopeless(session: Session, roster: Roster, item_id: UUID, now: datetime) -> bool:
    """Return whether no agent at all suits the need of a work item at the moment, whatever it excludes besides."""
    item = session.get(WorkItemRow, item_id)
    if item is None:
        return False
    with roster.lock:
        roster.refresh(session, now=now)
        need = need_of(item)
        if roster.ranking(need, now).is_anybody_eligible:
            return False
        roster.refresh(session, now=now, is_full=True)
        return not roster.ranking(need, now).is_anybody_eligible
