"""The heartbeat of engine processes: who runs, and whether anybody does."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.engine.models import EngineRow
from airflow_ops_plugin.engine.schemas import EngineState, EngineView

SILENCE = timedelta(seconds=15)
"""How long after its last heartbeat an engine counts as down."""


def engine_state(session: Session, *, now: datetime) -> EngineState:
    """Return whether an engine runs, and what to do where none does."""
    last = session.scalar(sa.select(sa.func.max(EngineRow.heartbeat_at)))
    rows = session.scalars(
        sa.select(EngineRow)
        .where(EngineRow.stopped_at.is_(None), EngineRow.heartbeat_at >= now - SILENCE)
        .order_by(EngineRow.started_at)
    ).all()
    message = ""
    if not rows:
        since = f"since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "and never has"
        message = (
            f"The engine does not run {since}: waiting work is not assigned when agents become free by themselves, and"
            " leases of dead tasks are not returned. Start it with: airflow ops engine"
        )
    return EngineState(
        is_alive=bool(rows),
        last_heartbeat_at=last,
        message=message,
        engines=[EngineView.model_validate(row) for row in rows],
    )
