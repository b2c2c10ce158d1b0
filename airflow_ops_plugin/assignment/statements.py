"""The statements that lock, each named: every change of who holds what goes through one of these.

They wait for locks in one order only, work item before agent; where several of a kind could be taken, locked ones are
skipped. So no two transactions wait for each other. On SQLite, which has one writer at a time, the locks are void and
the conditions do the work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from airflow_ops_plugin.agents.agent import AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.turn import next_turn, turn_of
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.work import EndReason, WorkState

_UNSYNCHRONIZED = {"synchronize_session": False}
_FRESH = {"synchronize_session": False, "populate_existing": True}


def insert_work_items(session: Session, items: Sequence[dict[str, Any]]) -> set[UUID]:
    """Add work items; return the ids of those that were added: a task instance that has an open one gets no other.

    Waits for other transactions that add the same keys, in the order of the keys.

    :param items: one or more; of each, the values of every column.
    """
    in_order = sorted(items, key=lambda item: [item[column] for column in _KEY])
    dialect, columns = session.get_bind().dialect.name, tuple(in_order[0])
    return set(session.connection().execute(_insert_work_items(dialect, columns), _rows(dialect, in_order)).scalars())


def first_in_queue(session: Session, need_keys: Iterable[str]) -> dict[str, datetime]:
    """Return ``queue_at`` of the first that waits, by what it needs; nothing where nobody waits for the same."""
    return dict(session.connection().execute(_FIRST_IN_QUEUE, {"need_keys": list(need_keys)}).all())


def mark_waiting(session: Session, explanations: Mapping[UUID, dict[str, Any]]) -> None:
    """Note of work items, written as leased by this transaction, that they wait, and why, by id."""
    if explanations:
        values = [{"item_id": item_id, "why": why} for item_id, why in explanations.items()]
        session.connection().execute(_MARK_WAITING, values)


def lock_work_item(session: Session, item_id: UUID) -> WorkItemRow | None:
    """Return the work item, locked until the end of the transaction and freshly read; ``None``: there is none."""
    return session.scalars(_LOCK_WORK_ITEM, {"item_id": item_id}, execution_options=_FRESH).one_or_none()


def claim_queued(session: Session, item_id: UUID) -> WorkItemRow | None:
    """Return a work item, locked; ``None`` where it does not wait any more, or somebody else looks at it."""
    return session.scalars(_CLAIM_QUEUED, {"item_id": item_id}, execution_options=_FRESH).one_or_none()


def claim_agents(
    session: Session, wanted: Sequence[tuple[UUID, int, int]], *, now: datetime, is_turn_checked: bool
) -> dict[UUID, int]:
    """Raise the loads of agents that are still as they were read; return the new turns by id.

    Those whose row is locked are passed over. No load passes the capacity.

    :param wanted: id, turn and by how much.
    :param is_turn_checked: ``False`` takes also those that have changed since, where they still have room.
    """
    if not wanted:
        return {}
    dialect = session.get_bind().dialect.name
    values: dict[str, Any] = {"now": now}
    if dialect == "postgresql":
        values["ids"], values["turns"], values["more"] = [[one[part] for one in wanted] for part in range(3)]
    else:
        values["wanted"] = json.dumps([[agent_id.hex, turn, more] for agent_id, turn, more in wanted])
    return dict(session.connection().execute(_claim_agents(dialect, is_turn_checked), values).all())


def is_somebody_before(session: Session, item: WorkItemRow) -> bool:
    """Return whether work that needs the same waits and comes first."""
    place = {"need_key": item.need_key, "queue_at": item.queue_at, "id": item.id}
    return session.connection().execute(_SOMEBODY_BEFORE, place).first() is not None


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
    dialect = session.get_bind().dialect.name
    session.connection().execute(_free_agent(dialect), {"agent_id": agent_id, "now": now})


def end_assignment(
    session: Session,
    assignment: AssignmentRow,
    *,
    reason: EndReason,
    actor: str,
    note: str,
    outcome: str | None,
    now: datetime,
) -> bool:
    """End an active assignment, and bring its row up to date; return ``False`` where it has ended already."""
    values = {"ended_at": now, "end_reason": str(reason), "ended_by": actor, "note": note, "outcome": outcome}
    named = {f"new_{column}": value for column, value in values.items()}
    ended = session.connection().execute(_END_ASSIGNMENT, {"assignment_id": assignment.id, **named})
    if not ended.rowcount:
        return False
    for column, value in values.items():
        set_committed_value(assignment, column, value)
    return True


def insert_assignments(session: Session, assignments: Sequence[dict[str, Any]]) -> None:
    """Add assignments.

    :param assignments: of each, the values of every column that has no default.
    """
    if assignments:
        dialect, columns = session.get_bind().dialect.name, tuple(assignments[0])
        session.connection().execute(_insert_assignments(dialect, columns), _rows(dialect, assignments))


_ENDED = ("ended_at", "end_reason", "ended_by", "note", "outcome")
_END_ASSIGNMENT = (
    sa.update(AssignmentRow)
    .where(AssignmentRow.id == sa.bindparam("assignment_id"), AssignmentRow.ended_at.is_(None))
    .values({column: sa.bindparam(f"new_{column}") for column in _ENDED})
)
_LOCK_WORK_ITEM = (
    sa.update(WorkItemRow)
    .where(WorkItemRow.id == sa.bindparam("item_id"))
    .values(revision=WorkItemRow.revision + 1)
    .returning(WorkItemRow)
)
_CLAIM_QUEUED = (
    sa.update(WorkItemRow)
    .where(
        WorkItemRow.id
        == sa.select(WorkItemRow.id)
        .where(WorkItemRow.id == sa.bindparam("item_id"), WorkItemRow.state == str(WorkState.QUEUED))
        .with_for_update(skip_locked=True)
        .scalar_subquery(),
        WorkItemRow.state == str(WorkState.QUEUED),
    )
    .values(revision=WorkItemRow.revision + 1)
    .returning(WorkItemRow)
)
_KEY = ("dag_id", "run_id", "task_id", "map_index")
_work = WorkItemRow.__table__.c
_FIRST_IN_QUEUE = (
    sa.select(_work.need_key, sa.func.min(_work.queue_at))
    .where(_work.state == str(WorkState.QUEUED), _work.need_key.in_(sa.bindparam("need_keys", expanding=True)))
    .group_by(_work.need_key)
)
_SOMEBODY_BEFORE = (
    sa.select(_work.id)
    .where(
        _work.state == str(WorkState.QUEUED),
        _work.need_key == sa.bindparam("need_key"),
        _work.queue_at <= sa.bindparam("queue_at"),
        _work.id != sa.bindparam("id"),
    )
    .limit(1)
)
_MARK_WAITING = (
    sa.update(WorkItemRow)
    .where(_work.id == sa.bindparam("item_id"))
    .values(state=str(WorkState.QUEUED), open_seats=_work.seats, leased_at=sa.null(), explanation=sa.bindparam("why"))
)


@cache
def _insert_work_items(dialect: str, columns: tuple[str, ...]) -> sa.Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement: Any = insert(WorkItemRow).on_conflict_do_nothing().returning(_work.id)
    return _from_rows(statement, WorkItemRow.__table__, columns) if dialect == "postgresql" else statement


@cache
def _insert_assignments(dialect: str, columns: tuple[str, ...]) -> sa.Executable:
    statement: Any = sa.insert(AssignmentRow).inline()
    return _from_rows(statement, AssignmentRow.__table__, columns) if dialect == "postgresql" else statement


def _from_rows(insert: Any, table: sa.FromClause, columns: tuple[str, ...]) -> sa.Executable:
    """Let ``insert`` take the rows that ``_rows`` gives: a parameter for each value would take much longer."""
    rows = sa.func.json_populate_recordset(
        sa.literal_column(f"NULL::{table}"), sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON())
    ).table_valued(*(sa.column(name, table.c[name].type) for name in columns), name="row")
    statement: sa.Executable = insert.from_select(columns, sa.select(*rows.c), include_defaults=False)
    return statement


def _rows(dialect: str, values: Sequence[dict[str, Any]]) -> Any:
    """Return the parameters of an insert made by one of the functions above."""
    return {"rows": json.dumps(values, default=str)} if dialect == "postgresql" else values


@cache
def _free_agent(dialect: str) -> sa.Executable:
    agent = AgentRow.__table__.c
    return (
        sa.update(AgentRow)
        .where(agent.id == sa.bindparam("agent_id"))
        .values(load=agent.load - 1, turn=turn_of(dialect), idle_since=sa.bindparam("now"))
    )


@cache
def _claim_agents(dialect: str, is_turn_checked: bool) -> sa.Executable:
    agent = AgentRow.__table__.c
    wanted = _wanted(dialect)
    conditions = [
        agent.status == str(AgentStatus.AVAILABLE),
        agent.load + wanted.c.more <= agent.capacity,
        agent.removed_at.is_(None),
    ]
    if is_turn_checked:
        conditions.append(agent.turn == wanted.c.turn)
    if dialect == "postgresql":
        conditions.append(agent.id == sa.func.any(sa.bindparam("ids")))  # else it would read all agents
    free = (
        sa.select(agent.id, wanted.c.more)
        .join(wanted, agent.id == wanted.c.id)
        .where(*conditions)
        .with_for_update(skip_locked=True, of=AgentRow.__table__)
        .cte("free")
    )
    return (
        sa.update(AgentRow)
        .where(agent.id == free.c.id)
        .values(load=agent.load + free.c.more, turn=turn_of(dialect), idle_since=sa.bindparam("now"))
        .returning(agent.id, agent.turn)
    )


def _wanted(dialect: str) -> sa.FromClause:
    """Return the agents of the parameters as a table with ``id``, ``turn`` and ``more``."""
    agent = AgentRow.__table__.c
    if dialect == "postgresql":
        arrays = [
            sa.bindparam("ids", type_=postgresql.ARRAY(agent.id.type)),
            sa.bindparam("turns", type_=postgresql.ARRAY(agent.turn.type)),
            sa.bindparam("more", type_=postgresql.ARRAY(agent.load.type)),
        ]
        columns = (
            sa.column("id", agent.id.type),
            sa.column("turn", agent.turn.type),
            sa.column("more", agent.load.type),
        )
        return sa.func.unnest(*arrays).table_valued(*columns).render_derived("wanted")
    entry = sa.func.json_each(sa.bindparam("wanted", type_=sa.Text)).table_valued("value").alias("entry")
    return sa.select(
        sa.func.json_extract(entry.c.value, "$[0]").label("id"),
        sa.func.json_extract(entry.c.value, "$[1]").label("turn"),
        sa.func.json_extract(entry.c.value, "$[2]").label("more"),
    ).subquery("wanted")
