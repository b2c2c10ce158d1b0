"""The queue: giving what is free to who waits, first things first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.seats import fill_seats
from airflow_ops_plugin.assignment.work import WorkState


def assign_queued(session: Session, roster: Roster, *, now: datetime, limit: int) -> int:
    """Give work to whom is free, in the order of the queue; return how many work items got all they want.

    Where nobody suits a need, the rest of the queue with the same need is passed over.

    :param limit: how many to look at.
    """
    blocked_needs: set[str] = set()
    blocked_items: set[UUID] = set()
    assigned = 0
    for _ in range(limit):
        item = statements.claim_next_queued(session, besides_needs=blocked_needs, besides_items=blocked_items)
        if item is None:
            break
        if fill_seats(session, roster, item=item, now=now):
            assigned += 1
        elif item.exclude or item.seats > 1 or _has_history(session, item):
            blocked_items.add(item.id)
        else:
            blocked_needs.add(item.need_key)
    return assigned


def hand_over(session: Session, roster: Roster, *, freed: int, now: datetime) -> None:
    """Give what has become free to the queue, in the same transaction: nobody who asks now can overtake it.

    :param freed: how many places of agents have become free.
    """
    if freed:
        assign_queued(session, roster, now=now, limit=freed + _LOOK_AHEAD)


def is_somebody_before(session: Session, item: WorkItemRow) -> bool:
    """Return whether work with the same need waits that comes first."""
    query = sa.select(
        sa.exists().where(
            WorkItemRow.state == str(WorkState.QUEUED),
            WorkItemRow.need_key == item.need_key,
            WorkItemRow.queue_at <= item.queue_at,
            WorkItemRow.id != item.id,
        )
    )
    return bool(session.scalar(query))


_LOOK_AHEAD = 16
"""How many different needs that the freed agents do not suit are passed over before the engine takes over."""


def _has_history(session: Session, item: WorkItemRow) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(AssignmentRow.work_item_id == item.id))))
