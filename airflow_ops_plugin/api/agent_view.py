"""The API's form of an agent, with what is going on at a moment."""

from __future__ import annotations

from datetime import datetime

from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.row_value import agent_of, body_of, levels_of
from airflow_ops_plugin.agents.schemas import AgentView
from airflow_ops_plugin.assignment.filters import general_hindrance


def agent_view(row: AgentRow, now: datetime) -> AgentView:
    """Return an agent as people see it."""
    agent = agent_of(row, levels_of(row))
    hindrance = general_hindrance(agent, now)
    return AgentView(
        **dict(body_of(row)),
        id=row.id,
        status=agent.status,
        status_reason=row.status_reason,
        load=row.load,
        is_on_duty=agent.is_on_duty(now),
        is_assignable=hindrance is None,
        hindrance=hindrance,
        heartbeat_at=row.heartbeat_at,
        idle_since=row.idle_since,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
