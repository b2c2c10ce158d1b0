"""The statements that lock, each named: every change of who holds what goes through one of these.

They wait for locks in one order only, work item before agent; where several of a kind could be taken, locked ones are
skipped. So no two transactions wait for each other. On SQLite, which has one writer at a time, the locks are void and
the conditions do the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached

from airflow_ops_plugin.agents.agent import AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.turn import next_turn, turn_of
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.work import EndReason, WorkState

CANDIDATES = 32
"""How many candidates one attempt offers to the database."""

_UNSYNCHRONIZED = {"synchronize_session": False}


def insert_work_item(session: Session, values: dict[str, Any]) -> WorkItemRow | None:
    """Add a work item and return it; ``None`` where its task instance has an open one.

    Waits for another transaction that adds the same key.

    :param values: of every column.
    """
    dialect = session.get_bind().dialect.name
    added = session.connection().execute(_insert_work_item(dialect), values)
    if not added.rowcount:
        return None
    item = WorkItemRow(**values)
    make_transient_to_detached(item)
    session.add(item)
    return item


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


def claim_queued(session: Session, item_id: UUID) -> WorkItemRow | None:
    """Return a work item, locked; ``None`` where it does not wait any more, or somebody else looks at it."""
    free = (
        sa.select(WorkItemRow.id)
        .where(WorkItemRow.id == item_id, WorkItemRow.state == str(WorkState.QUEUED))
        .with_for_update(skip_locked=True)
    )
    claimed = session.execute(
        sa.update(WorkItemRow)
        .where(WorkItemRow.id == free.scalar_subquery(), WorkItemRow.state == str(WorkState.QUEUED))
        .values(revision=WorkItemRow.revision + 1)
        .execution_options(**_UNSYNCHRONIZED)
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        return None
    return session.get(WorkItemRow, item_id, populate_existing=True)


def claim_agent(
    session: Session, candidates: Sequence[tuple[UUID, int]], *, now: datetime, is_turn_checked: bool = True
) -> UUID | None:
    """Raise the load of the first candidate that is still as it was read, and return its id.

    Candidates whose row is locked are skipped: somebody is just giving them work. The load never passes the capacity.

    :param candidates: id and turn of at most ``CANDIDATES``, best first.
    :param is_turn_checked: ``False`` takes also one that has changed since, where it still has room.
    """
    if not candidates:
        return None
    values: dict[str, Any] = {"now": now}
    for place in range(CANDIDATES):
        values[f"id_{place}"], values[f"turn_{place}"] = candidates[place] if place < len(candidates) else (None, None)
    statement = _claim_agent(session.get_bind().dialect.name, is_turn_checked)
    return session.connection().execute(statement, values).scalar()


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


@cache
def _insert_work_item(dialect: str) -> sa.Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(WorkItemRow).on_conflict_do_nothing()


@cache
def _claim_agent(dialect: str, is_turn_checked: bool) -> sa.Executable:
    """Return the statement of ``claim_agent``, made once: it is the one that everything waits for."""
    agent = AgentRow.__table__.c
    ids = [sa.bindparam(f"id_{place}", type_=agent.id.type) for place in range(CANDIDATES)]
    turns = [sa.bindparam(f"turn_{place}", type_=agent.turn.type) for place in range(CANDIDATES)]
    choice = (
        sa.select(agent.id)
        .where(
            agent.id.in_(ids),
            agent.status == str(AgentStatus.AVAILABLE),
            agent.load < agent.capacity,
            agent.removed_at.is_(None),
        )
        .order_by(sa.case(*((agent.id == one, place) for place, one in enumerate(ids))))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if is_turn_checked:
        choice = choice.where(agent.turn.in_(turns))
    return (
        sa.update(AgentRow)
        .where(agent.id == choice.scalar_subquery())
        .values(load=agent.load + 1, turn=turn_of(dialect), idle_since=sa.bindparam("now"))
        .returning(agent.id)
    )
