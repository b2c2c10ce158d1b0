"""The statements that lock, each named: every change of who holds what goes through one of these.

They wait for locks in one order only, work item before agent; where several of a kind could be taken, locked ones are
skipped. So no two transactions wait for each other. On SQLite, which has one writer at a time, the locks are void and
the conditions do the work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.turn import next_turn
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.work import EndReason, WorkState

CANDIDATES = 32
"""How many candidates one attempt offers to the database."""

_UNSYNCHRONIZED = {"synchronize_session": False}


def insert_work_item(session: Session, values: dict[str, Any]) -> WorkItemRow | None:
    """Add a work item and return it; ``None`` where its task instance has an open one.

    Waits for another transaction that adds the same key.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return session.scalar(insert(WorkItemRow).values(**values).on_conflict_do_nothing().returning(WorkItemRow))


def lock_work_item(session: Session, item_id: UUID) -> WorkItemRow | None:
    """Return the work item, locked until the end of the transaction and freshly read; ``None``: there is none."""
    touched = session.execute(
        sa.update(WorkItemRow)
        .where(WorkItemRow.id == item_id)
        .values(revision=WorkItemRow.revision + 1)
        .execution_options(**_UNSYNCHRONIZED)
    )
    if not touched.rowcount:  # type: ignore[attr-defined]
        return None
    return session.get(WorkItemRow, item_id, populate_existing=True)


def claim_next_queued(
    session: Session, *, besides_needs: Collection[str], besides_items: Collection[UUID]
) -> WorkItemRow | None:
    """Return the first of the queue, locked; ``None`` where nothing waits that nobody else looks at.

    :param besides_needs: digests of needs for which there is nobody at the moment.
    """
    queued = (
        sa.select(WorkItemRow.id)
        .where(WorkItemRow.state == str(WorkState.QUEUED))
        .order_by(WorkItemRow.queue_at, WorkItemRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if besides_needs:
        queued = queued.where(WorkItemRow.need_key.not_in(besides_needs))
    if besides_items:
        queued = queued.where(WorkItemRow.id.not_in(besides_items))
    item_id = session.scalar(
        sa.update(WorkItemRow)
        .where(WorkItemRow.id == queued.scalar_subquery(), WorkItemRow.state == str(WorkState.QUEUED))
        .values(revision=WorkItemRow.revision + 1)
        .returning(WorkItemRow.id)
        .execution_options(**_UNSYNCHRONIZED)
    )
    return None if item_id is None else session.get(WorkItemRow, item_id, populate_existing=True)


def claim_agent(
    session: Session, candidates: Sequence[tuple[UUID, int]], *, now: datetime, is_turn_checked: bool = True
) -> UUID | None:
    """Raise the load of the first candidate that is still as it was read, and return its id.

    Candidates whose row is locked are skipped: somebody is just giving them work. The load never passes the capacity.

    :param candidates: id and turn, best first.
    :param is_turn_checked: ``False`` takes also one that has changed since, where it still has room.
    """
    if not candidates:
        return None
    order = {agent_id: place for place, (agent_id, _) in enumerate(candidates)}
    choice = (
        sa.select(AgentRow.id)
        .where(
            AgentRow.id.in_(order),
            AgentRow.status == str(AgentStatus.AVAILABLE),
            AgentRow.load < AgentRow.capacity,
            AgentRow.removed_at.is_(None),
        )
        .order_by(sa.case(order, value=AgentRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if is_turn_checked:
        choice = choice.where(AgentRow.turn.in_([turn for _, turn in candidates]))
    return session.scalar(
        sa.update(AgentRow)
        .where(AgentRow.id == choice.scalar_subquery())
        .values(load=AgentRow.load + 1, turn=next_turn(session), idle_since=now)
        .returning(AgentRow.id)
        .execution_options(**_UNSYNCHRONIZED)
    )


def claim_named_agent(session: Session, agent_id: UUID, *, now: datetime) -> bool:
    """Raise the load of one agent; return whether it had room. Waits for others that hold its row."""
    claimed = session.execute(
        sa.update(AgentRow)
        .where(
            AgentRow.id == agent_id,
            AgentRow.status == str(AgentStatus.AVAILABLE),
            AgentRow.load < AgentRow.capacity,
            AgentRow.removed_at.is_(None),
        )
        .values(load=AgentRow.load + 1, turn=next_turn(session), idle_since=now)
        .execution_options(**_UNSYNCHRONIZED)
    )
    return bool(claimed.rowcount)  # type: ignore[attr-defined]


def free_agent(session: Session, agent_id: UUID, *, now: datetime) -> None:
    """Lower the load of an agent by one. Waits for others that hold its row."""
    session.execute(
        sa.update(AgentRow)
        .where(AgentRow.id == agent_id)
        .values(load=AgentRow.load - 1, turn=next_turn(session), idle_since=now)
        .execution_options(**_UNSYNCHRONIZED)
    )


def end_assignment(
    session: Session,
    assignment_id: int,
    *,
    reason: EndReason,
    actor: str,
    note: str,
    outcome: str | None,
    now: datetime,
) -> UUID | None:
    """End an active assignment and return its agent's id; ``None`` where it has ended already."""
    return session.scalar(
        sa.update(AssignmentRow)
        .where(AssignmentRow.id == assignment_id, AssignmentRow.ended_at.is_(None))
        .values(ended_at=now, end_reason=str(reason), ended_by=actor, note=note, outcome=outcome)
        .returning(AssignmentRow.agent_id)
        .execution_options(**_UNSYNCHRONIZED)
    )
