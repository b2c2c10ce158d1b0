"""The heartbeat of engine processes: who runs, and whether anybody does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.engine.models import EngineRow
from airflow_ops_plugin.engine.schemas import EngineState, EngineView

SILENCE = timedelta(seconds=15)
"""How long after its last heartbeat an engine counts as down."""

MEMORY = timedelta(hours=1)
"""How long an engine that fell silent is shown as such."""


def register_engine(session: Session, *, host: str, pid: int, now: datetime) -> UUID:
    """Enter an engine process, and forget those that have been silent for a day; return its id."""
    session.execute(sa.delete(EngineRow).where(EngineRow.heartbeat_at < now - timedelta(days=1)))
    row = EngineRow(id=uuid4(), host=host, pid=pid, started_at=now, heartbeat_at=now, steps={})
    session.add(row)
    session.flush()
    return row.id


def record_engine_heartbeat(session: Session, *, engine_id: UUID, steps: dict[str, Any], now: datetime) -> None:
    """Note that an engine has finished a tick."""
    session.execute(sa.update(EngineRow).where(EngineRow.id == engine_id).values(heartbeat_at=now, steps=steps))


def stop_engine(session: Session, *, engine_id: UUID, now: datetime) -> None:
    """Note that an engine ends because it was asked to."""
    session.execute(sa.update(EngineRow).where(EngineRow.id == engine_id).values(stopped_at=now))


def engine_state(session: Session, *, now: datetime) -> EngineState:
    """Return whether an engine runs, which run and which have fallen silent, and what to do where none runs."""
    last = session.scalar(sa.select(sa.func.max(EngineRow.heartbeat_at)))
    rows = session.scalars(
        sa.select(EngineRow)
        .where(EngineRow.stopped_at.is_(None), EngineRow.heartbeat_at >= now - MEMORY)
        .order_by(EngineRow.started_at)
    )
    engines = [_view(row, now) for row in rows]
    is_alive = any(engine.is_alive for engine in engines)
    message = ""
    if not is_alive:
        since = f"has not run since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "has never run"
        message = (
            f"The engine {since}: offers that nobody answers stay where they are, Docker hosts are not"
            " watched, and what dead tasks hold is not given back. Start it with: airflow ops engine"
        )
    return EngineState(is_alive=is_alive, last_heartbeat_at=last, message=message, engines=engines)


def _view(row: EngineRow, now: datetime) -> EngineView:
    return EngineView(
        id=row.id,
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
        is_alive=row.heartbeat_at >= now - SILENCE,
        steps=row.steps,
    )
