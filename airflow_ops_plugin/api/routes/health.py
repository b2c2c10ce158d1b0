"""``/v1/health``: whether the engine runs, for monitoring; open to everybody, as Airflow's own health is."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_ops_plugin.api.dependencies import Db, Now
from airflow_ops_plugin.engine.schemas import EngineHealth
from airflow_ops_plugin.engine.service import engine_state

router = APIRouter(prefix="/v1", tags=["Health"])


@router.get("/health")
def get_health(session: Db, now: Now) -> EngineHealth:
    """Return whether any engine has finished a tick lately."""
    state = engine_state(session, now=now)
    return EngineHealth(status="healthy" if state.is_alive else "unhealthy", latest_heartbeat=state.last_heartbeat_at)
