"""What people change by hand: decline, release, reassign, another priority."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.ending import end_all, lock_item, return_seats
from airflow_ops_plugin.assignment.errors import (
    AmbiguousAssignmentError,
    NoRoomError,
    UnknownAssignmentError,
    WorkClosedError,
)
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.queue import hand_over
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.seats import active_assignments, explain_waiting, fill_seats, give_to_named
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import EndReason, WorkState, queue_at


def release_work(
    session: Session, roster: Roster, *, item_id: UUID, assignment_id: int | None, actor: str, note: str, now: datetime
) -> WorkItemRow:
    """Take work from its agents, all or one, and put it back into the queue in its old place.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises UnknownAssignmentError: nobody has it, or not this one.
    """
    item = _lock_open(session, item_id)
    chosen = _chosen(session, item_id, assignment_id)
    return return_seats(
        session, roster, item=item, assignments=chosen, reason=EndReason.RELEASED, actor=actor, note=note, now=now
    )


def decline_work(
    session: Session, roster: Roster, *, item_id: UUID, assignment_id: int, actor: str, note: str, now: datetime
) -> WorkItemRow:
    """The agent says no: the seat goes to the next, and not to this agent again.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises UnknownAssignmentError: the assignment is not active.
    """
    item = _lock_open(session, item_id)
    chosen = _chosen(session, item_id, assignment_id)
    return return_seats(
        session, roster, item=item, assignments=chosen, reason=EndReason.DECLINED, actor=actor, note=note, now=now
    )


def reassign_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    assignment_id: int | None,
    agent_name: str | None,
    actor: str,
    note: str,
    now: datetime,
) -> WorkItemRow:
    """Give a seat to another agent, named or chosen by the strategy. Work that waits can be given to a named one.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises UnknownAssignmentError: the named assignment is not active.
    :raises AmbiguousAssignmentError: several agents have a seat, and it is not said which is meant.
    :raises NoRoomError: the named agent cannot have it, or the strategy finds nobody else.
    """
    item = _lock_open(session, item_id)
    current = _chosen(session, item_id, assignment_id) if assignment_id else active_assignments(session, item_id)
    if len(current) > 1:
        ids = ", ".join(str(one.id) for one in current)
        raise AmbiguousAssignmentError(f"several agents have a seat of this work; name one of the assignments {ids}")
    freed = end_all(session, current, reason=EndReason.REASSIGNED, actor=actor, note=note, outcome=None, now=now)
    item.open_seats += freed
    session.flush()
    besides = {one.agent_id: "have it now" for one in current}
    if agent_name is not None:
        give_to_named(
            session, roster, item=item, agent_name=agent_name, besides=besides, actor=actor, note=note, now=now
        )
    elif not fill_seats(session, roster, item=item, now=now, actor=actor, besides=besides):
        summary = explain_waiting(session, roster, items=[item], now=now)[item.id].summary
        raise NoRoomError(f"nobody else can take it now ({summary})")
    hand_over(session, roster, freed=freed, now=now)
    return item


def set_priority(session: Session, settings: AssignmentSettings, *, item_id: UUID, priority: int) -> WorkItemRow:
    """Give a work item another priority; the time it has waited counts on.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    """
    item = _lock_open(session, item_id)
    item.priority = priority
    item.queue_at = queue_at(item.requested_at, priority, settings.ageing)
    session.flush()
    return item


def _lock_open(session: Session, item_id: UUID) -> WorkItemRow:
    item = lock_item(session, item_id)
    if item.state == WorkState.CLOSED:
        raise WorkClosedError(f"the work of {item.task_id} is closed ({item.close_reason}); nothing can be changed")
    return item


def _chosen(session: Session, item_id: UUID, assignment_id: int | None) -> list[AssignmentRow]:
    """Return the active assignment that is named, or all of them.

    :raises UnknownAssignmentError: there is none.
    """
    active = active_assignments(session, item_id)
    chosen = [one for one in active if assignment_id in (None, one.id)]
    if not chosen:
        is_named = assignment_id is not None
        raise UnknownAssignmentError(
            f"assignment {assignment_id} is not active" if is_named else "nobody has this work now"
        )
    return chosen
