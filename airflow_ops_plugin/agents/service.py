"""Registering, changing, finding and removing agents. Services never commit; the edge does, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind, AgentStatus
from airflow_ops_plugin.agents.errors import AgentBusyError, AgentExistsError, UnknownAgentError
from airflow_ops_plugin.agents.models import AgentEventRow, AgentRow, AgentSkillRow
from airflow_ops_plugin.agents.row_value import body_of, columns_of, skills_of
from airflow_ops_plugin.agents.schemas import AgentBody, ImportResult
from airflow_ops_plugin.agents.turn import next_turn

AgentOrder = Literal[
    "name", "-name", "load", "-load", "status", "-status", "kind", "-kind", "updated_at", "-updated_at"
]

UNREACHABLE = "not answering"
"""How the status reason begins of an agent that went offline by itself, and comes back by itself."""

_UNREACHABLE_DRAINING = f"{UNREACHABLE} (was draining)"

_ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "name": AgentRow.name.expression,
    "load": sa.cast(AgentRow.load, sa.Float) / AgentRow.capacity,
    "status": AgentRow.status.expression,
    "kind": AgentRow.kind.expression,
    "updated_at": AgentRow.updated_at.expression,
}


def get_agent(session: Session, *, name: str) -> AgentRow:
    """Return the agent called ``name``.

    :raises UnknownAgentError: there is none.
    """
    row = session.scalar(sa.select(AgentRow).where(AgentRow.name == name, AgentRow.removed_at.is_(None)))
    if row is None:
        raise UnknownAgentError(name)
    return row


def find_agents(
    session: Session,
    *,
    text: str | None = None,
    kind: AgentKind | None = None,
    status: AgentStatus | None = None,
    skill: str | None = None,
    label: str | None = None,
    order_by: AgentOrder = "name",
    limit: int = 50,
    offset: int = 0,
) -> tuple[Sequence[AgentRow], int]:
    """Return one page of the agents that match, and how many match in all.

    :param text: part of the name, the address or the description, in any case.
    """
    query = sa.select(AgentRow).where(AgentRow.removed_at.is_(None))
    if text:
        pattern = f"%{_escaped(text)}%"
        columns = (AgentRow.name, AgentRow.address, AgentRow.description)
        query = query.where(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    if kind:
        query = query.where(AgentRow.kind == str(kind))
    if status:
        query = query.where(AgentRow.status == str(status))
    if skill:
        query = query.where(AgentRow.skills.any(AgentSkillRow.skill == skill))
    if label:
        query = query.where(sa.cast(AgentRow.labels, sa.Text).like(f'%"{_escaped(label)}"%', escape="\\"))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    order = _ORDERS[order_by.removeprefix("-")]
    ordered = query.order_by(order.desc() if order_by.startswith("-") else order.asc(), AgentRow.id)
    return session.scalars(ordered.limit(limit).offset(offset)).all(), total


def create_agent(session: Session, *, body: AgentBody, actor: str, now: datetime) -> AgentRow:
    """Register an agent.

    :raises AgentExistsError: the name, or the address for this kind, is taken.
    """
    _require_free(session, body, besides=None)
    row = AgentRow(
        **columns_of(body),
        skills=skills_of(body),
        turn=next_turn(session),
        idle_since=now,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    record_event(session, row, kind="registered", message=f"registered as {body.kind}", actor=actor, now=now)
    session.flush()
    session.refresh(row)
    return row


def change_agent(session: Session, *, name: str, body: AgentBody, actor: str, now: datetime) -> AgentRow:
    """Replace the description of an agent; its status, load and history stay.

    :raises UnknownAgentError: there is none.
    :raises AgentExistsError: the new name or address is taken.
    :raises AgentBusyError: it holds more than the new capacity.
    """
    row = get_agent(session, name=name)
    _require_free(session, body, besides=row)
    old = body_of(row)
    changed = sorted(key for key, value in body.model_dump().items() if value != old.model_dump()[key])
    if not changed:
        return row
    for column, value in columns_of(body).items():
        if column != "capacity":
            setattr(row, column, value)
    if body.skills != old.skills:
        row.skills.clear()
        session.flush()
        row.skills.extend(skills_of(body))
    row.updated_at = now
    row.version += 1
    row.turn = next_turn(session)
    session.flush()
    _change_capacity(session, row, body.capacity)
    record_event(session, row, kind="changed", message=f"changed {', '.join(changed)}", actor=actor, now=now)
    session.flush()
    session.refresh(row)
    return row


def set_status(
    session: Session, *, row: AgentRow, status: AgentStatus, reason: str, actor: str, now: datetime
) -> AgentRow:
    """Give an agent a status, with an event where it is another one. What it holds is not touched."""
    if (row.status, row.status_reason) == (str(status), reason):
        return row
    row.status = str(status)
    row.status_reason = reason
    row.updated_at = now
    row.turn = next_turn(session)
    message = f"now {status}: {reason}" if reason else f"now {status}"
    record_event(session, row, kind=str(status), message=message, actor=actor, now=now)
    session.flush()
    session.refresh(row)
    return row


def record_heartbeat(session: Session, *, row: AgentRow, actor: str, now: datetime) -> AgentRow:
    """Note that the agent was heard of; one that went offline because it was not gets its old status back."""
    row.heartbeat_at = now
    if row.status == AgentStatus.OFFLINE and row.status_reason.startswith(UNREACHABLE):
        was_draining = row.status_reason.startswith(_UNREACHABLE_DRAINING)
        status = AgentStatus.DRAINING if was_draining else AgentStatus.AVAILABLE
        return set_status(session, row=row, status=status, reason="", actor=actor, now=now)
    row.turn = next_turn(session)
    session.flush()
    session.refresh(row)
    return row


def mark_unreachable(session: Session, *, row: AgentRow, why: str, actor: str, now: datetime) -> AgentRow:
    """Take an agent offline because it does not answer, until it is heard of again. What it holds is not touched."""
    head = _UNREACHABLE_DRAINING if row.status == AgentStatus.DRAINING else UNREACHABLE
    reason = f"{head}: {why}"
    return set_status(session, row=row, status=AgentStatus.OFFLINE, reason=reason, actor=actor, now=now)


def remove_agent(session: Session, *, name: str, actor: str, now: datetime) -> None:
    """Remove an agent; the history of its assignments stays.

    :raises UnknownAgentError: there is none.
    :raises AgentBusyError: it holds leases.
    """
    row = get_agent(session, name=name)
    gone = session.execute(
        sa.update(AgentRow)
        .where(AgentRow.id == row.id, AgentRow.load == 0, AgentRow.removed_at.is_(None))
        .values(removed_at=now, updated_at=now, turn=next_turn(session))
        .execution_options(synchronize_session=False)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise AgentBusyError(f"agent {name!r} still holds {row.load} assignments; drain it, or release them first")
    record_event(session, row, kind="removed", message="removed", actor=actor, now=now)
    session.flush()
    session.expire(row)


def import_agents(
    session: Session, *, bodies: Sequence[AgentBody], is_replacing: bool, actor: str, now: datetime
) -> ImportResult:
    """Register or change agents by name.

    :param is_replacing: whether agents that are not among ``bodies`` are removed.
    :raises AgentExistsError: two of them share a name or an address.
    :raises AgentBusyError: one that is to be removed or shrunk holds too much.
    """
    names = [body.name for body in bodies]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise AgentExistsError(f"named more than once: {', '.join(doubled)}")
    known = {row.name: row for row in session.scalars(sa.select(AgentRow).where(AgentRow.removed_at.is_(None)))}
    result = ImportResult(created=[], changed=[], unchanged=[], removed=[])
    if is_replacing:
        for name in sorted(known.keys() - set(names)):
            remove_agent(session, name=name, actor=actor, now=now)
            result.removed.append(name)
    for body in bodies:
        row = known.get(body.name)
        if row is None:
            create_agent(session, body=body, actor=actor, now=now)
            result.created.append(body.name)
        elif body_of(row) == body:
            result.unchanged.append(body.name)
        else:
            change_agent(session, name=body.name, body=body, actor=actor, now=now)
            result.changed.append(body.name)
    return result


def export_agents(session: Session) -> list[AgentBody]:
    """Return the descriptions of all agents, by name."""
    rows = session.scalars(sa.select(AgentRow).where(AgentRow.removed_at.is_(None)).order_by(AgentRow.name))
    return [body_of(row) for row in rows]


def find_events(
    session: Session, *, row: AgentRow, limit: int = 50, offset: int = 0
) -> tuple[Sequence[AgentEventRow], int]:
    """Return one page of what happened to an agent, the latest first, and how many events there are."""
    query = sa.select(AgentEventRow).where(AgentEventRow.agent_id == row.id)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    return session.scalars(query.order_by(AgentEventRow.id.desc()).limit(limit).offset(offset)).all(), total


def record_event(session: Session, row: AgentRow, *, kind: str, message: str, actor: str, now: datetime) -> None:
    """Add to what happened to an agent."""
    session.add(AgentEventRow(agent_id=row.id, at=now, kind=kind, message=message, actor=actor))


def _change_capacity(session: Session, row: AgentRow, capacity: int) -> None:
    """Set the capacity where the load of this moment allows it: another transaction may be raising the load."""
    changed = session.execute(
        sa.update(AgentRow)
        .where(AgentRow.id == row.id, AgentRow.load <= capacity)
        .values(capacity=capacity)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise AgentBusyError(
            f"agent {row.name!r} holds more than {capacity} assignments; drain it, or release some, then lower its"
            " capacity"
        )


def _require_free(session: Session, body: AgentBody, *, besides: AgentRow | None) -> None:
    query = sa.select(AgentRow).where(
        AgentRow.removed_at.is_(None),
        sa.or_(AgentRow.name == body.name, sa.and_(AgentRow.kind == str(body.kind), AgentRow.address == body.address)),
    )
    for other in session.scalars(query):
        if besides is not None and other.id == besides.id:
            continue
        if other.name == body.name:
            raise AgentExistsError(f"there is an agent {body.name!r} already; choose another name or change that one")
        raise AgentExistsError(
            f"the {body.kind} {body.address!r} is registered as agent {other.name!r} already; change that one"
        )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
