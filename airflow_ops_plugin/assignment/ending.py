"""How assignments end: the work is done, the person answered or did not, the task or the agent is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.errors import UnknownWorkItemError
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.queue import hand_over
from airflow_ops_plugin.assignment.quorum import Decision, decide
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.seats import BY_ITSELF, active_assignments, fill_seats, settle_state
from airflow_ops_plugin.assignment.work import EndReason, WorkState

_NEXT_AT_ONCE = (EndReason.DECLINED, EndReason.UNANSWERED, EndReason.AGENT_LOST)
"""After these, the next agent is looked for in the same transaction."""


def finish_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    is_completed: bool,
    outcome: str | None,
    actor: str,
    now: datetime,
) -> WorkItemRow:
    """The task is done with its agents: end their assignments and close the work item. Safe to repeat.

    :raises UnknownWorkItemError: there is none.
    """
    reason = EndReason.COMPLETED if is_completed else EndReason.TASK_ENDED
    return close_work(session, roster, item_id=item_id, reason=reason, actor=actor, now=now, outcome=outcome)


def close_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    reason: EndReason,
    actor: str,
    now: datetime,
    note: str = "",
    outcome: str | None = None,
    unfinished: EndReason | None = None,
) -> WorkItemRow:
    """Close a work item, and hand what its agents have free to the queue. Safe to repeat.

    :param unfinished: why the assignments end that are still active; ``None`` for ``reason``.
    :raises UnknownWorkItemError: there is none.
    """
    item = lock_item(session, item_id)
    if item.state == WorkState.CLOSED:
        return item
    item.state = str(WorkState.CLOSED)
    item.closed_at = now
    item.close_reason = str(reason)
    item.open_seats = 0
    session.flush()
    active = active_assignments(session, item_id)
    freed = end_all(session, active, reason=unfinished or reason, actor=actor, note=note, outcome=outcome, now=now)
    hand_over(session, roster, freed=freed, now=now)
    return item


def return_seats(
    session: Session,
    roster: Roster,
    *,
    item: WorkItemRow,
    assignments: Sequence[AssignmentRow],
    reason: EndReason,
    actor: str,
    note: str,
    now: datetime,
) -> WorkItemRow:
    """End assignments of a locked, open work item; its seats are open again and in their old place of the queue."""
    freed = end_all(session, assignments, reason=reason, actor=actor, note=note, outcome=None, now=now)
    item.open_seats += freed
    settle_state(session, item, now)
    if reason in _NEXT_AT_ONCE:
        fill_seats(session, roster, item=item, now=now)
    hand_over(session, roster, freed=freed, now=now)
    return item


def answer_work(
    session: Session, roster: Roster, *, item_id: UUID, user_id: str, outcome: str, now: datetime
) -> WorkItemRow:
    """A person has answered: their seat is done. Once the quorum is decided the work item is closed. Safe to repeat.

    Where one person is asked and another one answered, the seat is done all the same: who may answer is Airflow's
    decision, and it has been made.

    :raises UnknownWorkItemError: there is none.
    """
    item = lock_item(session, item_id)
    if item.state == WorkState.CLOSED:
        return item
    active = active_assignments(session, item_id)
    own = [one for one in active if user_id in (one.agent.address, one.agent.login)]
    chosen = own or (active if item.seats == 1 else [])
    freed = end_all(session, chosen, reason=EndReason.COMPLETED, actor=user_id, note="", outcome=outcome, now=now)
    if decision_of(item, answers_of(session, item_id)).is_final:
        return close_work(
            session,
            roster,
            item_id=item_id,
            reason=EndReason.COMPLETED,
            actor=user_id,
            now=now,
            unfinished=EndReason.NOT_NEEDED,
        )
    settle_state(session, item, now)
    hand_over(session, roster, freed=freed, now=now)
    return item


def end_lost_agent(session: Session, roster: Roster, *, agent_id: UUID, actor: str, now: datetime) -> int:
    """End everything that an agent holds, because it is gone; return how many assignments.

    What a person held goes to the next. What an executor held is closed: part of it may have run there, so its task
    decides, and asks for another agent.
    """
    held = session.scalars(
        sa.select(AssignmentRow.work_item_id)
        .where(AssignmentRow.agent_id == agent_id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.work_item_id)
    ).all()
    for item_id in held:
        item = lock_item(session, item_id)
        lost = [one for one in active_assignments(session, item_id) if one.agent_id == agent_id]
        if item.kind != AgentKind.PERSON:
            close_work(
                session,
                roster,
                item_id=item_id,
                reason=EndReason.AGENT_LOST,
                actor=actor,
                note="the agent is gone",
                now=now,
            )
        else:
            return_seats(
                session,
                roster,
                item=item,
                assignments=lost,
                reason=EndReason.AGENT_LOST,
                actor=actor,
                note="the agent is gone",
                now=now,
            )
    return len(held)


def expire_offers(session: Session, roster: Roster, *, now: datetime, limit: int) -> int:
    """Pass offers that nobody answered in time on to the next; return how many."""
    due = session.execute(
        sa.select(AssignmentRow.work_item_id, AssignmentRow.id)
        .where(AssignmentRow.ended_at.is_(None), AssignmentRow.expires_at <= now)
        .order_by(AssignmentRow.work_item_id)
        .limit(limit)
    ).all()
    expired = 0
    for item_id, assignment_id in due:
        item = lock_item(session, item_id)
        late = [one for one in active_assignments(session, item_id) if one.id == assignment_id]
        if not late:
            continue  # answered, declined or passed on by another engine meanwhile
        return_seats(
            session,
            roster,
            item=item,
            assignments=late,
            reason=EndReason.UNANSWERED,
            actor=BY_ITSELF,
            note="",
            now=now,
        )
        expired += 1
    return expired


def end_all(
    session: Session,
    assignments: Sequence[AssignmentRow],
    *,
    reason: EndReason,
    actor: str,
    note: str,
    outcome: str | None,
    now: datetime,
) -> int:
    """End assignments and lower their agents' loads; return how many had not ended already."""
    freed = [
        assignment.agent_id
        for assignment in assignments
        if statements.end_assignment(
            session, assignment, reason=reason, actor=actor, note=note, outcome=outcome, now=now
        )
    ]
    for agent_id in sorted(freed):
        statements.free_agent(session, agent_id, now=now)
    return len(freed)


def answers_of(session: Session, item_id: UUID) -> dict[str, str]:
    """Return what has been answered, by user id."""
    query = (
        sa.select(AssignmentRow)
        .where(AssignmentRow.work_item_id == item_id, AssignmentRow.end_reason == str(EndReason.COMPLETED))
        .execution_options(populate_existing=True)
    )
    completed = session.scalars(query.execution_options(populate_existing=True))
    return {one.ended_by or one.agent.address: one.outcome or "" for one in completed}


def decision_of(item: WorkItemRow, answers: Mapping[str, str]) -> Decision:
    """Return what the answers to ``item`` decide."""
    return decide(answers.values(), quorum=item.quorum, seats=item.seats, refusals=item.refusals)


def lock_item(session: Session, item_id: UUID) -> WorkItemRow:
    """Return a work item, locked.

    :raises UnknownWorkItemError: there is none.
    """
    item = statements.lock_work_item(session, item_id)
    if item is None:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    return item
