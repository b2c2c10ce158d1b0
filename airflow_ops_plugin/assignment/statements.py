"""The statements that lock, each named: every change of who holds what goes through one of these.

They wait for locks in one order only, work item before agent; where several of a kind could be taken, locked ones are
skipped. So no two transactions wait for each other. On SQLite, which has one writer at a time, the locks are void and
the conditions do the work.
"""

from __future__ import annotations

import json
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

CANDIDATES = 8
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
    session: Session,
    candidates: Sequence[tuple[UUID, int]],
    *,
    now: datetime,
    is_turn_checked: bool = True,
    unless_before: WorkItemRow | None = None,
) -> UUID | None:
    """Raise the load of the first candidate that is still as it was read, and return its id.

    Candidates whose row is locked are skipped: somebody is just giving them work. The load never passes the capacity.

    :param candidates: id and turn of at most ``CANDIDATES``, best first.
    :param is_turn_checked: ``False`` takes also one that has changed since, where it still has room.
    :param unless_before: takes none where work waits that needs the same as this work item and comes before it.
    """
    if not candidates:
        return None
    dialect = session.get_bind().dialect.name
    values: dict[str, Any] = {"now": now}
    if dialect == "postgresql":
        values["ids"], values["turns"] = [[one[part] for one in candidates] for part in (0, 1)]
    else:
        values["candidates"] = json.dumps([[agent_id.hex, turn] for agent_id, turn in candidates])
    if unless_before is not None:
        values |= _place_of(unless_before)
    statement = _claim_agent(dialect, is_turn_checked, unless_before is not None)
    return session.connection().execute(statement, values).scalar()


def is_somebody_before(session: Session, item: WorkItemRow) -> bool:
    """Return whether work that needs the same waits and comes first."""
    return bool(session.connection().execute(sa.select(_somebody_before()), _place_of(item)).scalar())


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
    """End an active assignment and return its agent's id; ``None`` where it has ended already.

    A row of it that the session holds is brought up to date.
    """
    return session.scalar(
        sa.update(AssignmentRow)
        .where(AssignmentRow.id == assignment_id, AssignmentRow.ended_at.is_(None))
        .values(ended_at=now, end_reason=str(reason), ended_by=actor, note=note, outcome=outcome)
        .returning(AssignmentRow.agent_id)
        .execution_options(synchronize_session="evaluate")
    )


def insert_assignment(session: Session, values: dict[str, Any]) -> None:
    """Add an assignment.

    :param values: of every column that has no default.
    """
    session.connection().execute(_INSERT_ASSIGNMENT, values)


_INSERT_ASSIGNMENT = sa.insert(AssignmentRow).inline()


@cache
def _insert_work_item(dialect: str) -> sa.Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(WorkItemRow).on_conflict_do_nothing()


@cache
def _claim_agent(dialect: str, is_turn_checked: bool, is_queue_checked: bool) -> sa.Executable:
    """Return the statement of ``claim_agent``, made once: it is the one that everything waits for."""
    agent = AgentRow.__table__.c
    candidate = _candidates(dialect)
    conditions = [
        agent.status == str(AgentStatus.AVAILABLE),
        agent.load < agent.capacity,
        agent.removed_at.is_(None),
    ]
    if is_turn_checked:
        conditions.append(agent.turn == candidate.c.turn)
    if is_queue_checked:
        conditions.append(~_somebody_before())
    choice = (
        sa.select(agent.id)
        .join(candidate, agent.id == candidate.c.id)
        .where(*conditions)
        .order_by(candidate.c.place)
        .limit(1)
        .with_for_update(skip_locked=True, of=AgentRow.__table__)
    )
    return (
        sa.update(AgentRow)
        .where(agent.id == choice.scalar_subquery())
        .values(load=agent.load + 1, turn=turn_of(dialect), idle_since=sa.bindparam("now"))
        .returning(agent.id)
    )


def _candidates(dialect: str) -> sa.FromClause:
    """Return the candidates of the parameters as a table with ``id``, ``turn`` and ``place``, the best first."""
    agent = AgentRow.__table__.c
    if dialect == "postgresql":
        ids = sa.bindparam("ids", type_=postgresql.ARRAY(agent.id.type))
        turns = sa.bindparam("turns", type_=postgresql.ARRAY(agent.turn.type))
        columns = sa.column("id", agent.id.type), sa.column("turn", agent.turn.type)
        return sa.func.unnest(ids, turns).table_valued(*columns, with_ordinality="place").render_derived("candidate")
    entry = sa.func.json_each(sa.bindparam("candidates", type_=sa.Text)).table_valued("key", "value").alias("entry")
    return sa.select(
        sa.func.json_extract(entry.c.value, "$[0]").label("id"),
        sa.func.json_extract(entry.c.value, "$[1]").label("turn"),
        entry.c.key.label("place"),
    ).subquery("candidate")


def _somebody_before() -> sa.Exists:
    item = WorkItemRow.__table__.c
    return sa.exists().where(
        item.state == str(WorkState.QUEUED),
        item.need_key == sa.bindparam("before_need_key"),
        item.queue_at <= sa.bindparam("before_queue_at"),
        item.id != sa.bindparam("before_id"),
    )


def _place_of(item: WorkItemRow) -> dict[str, Any]:
    return {"before_need_key": item.need_key, "before_queue_at": item.queue_at, "before_id": item.id}
