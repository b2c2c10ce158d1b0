"""From a row to the frozen agent, and from the API's form to a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from airflow_ops_plugin.agents.agent import Agent, AgentKind, AgentStatus
from airflow_ops_plugin.agents.duty import Absence, Duty, WorkingHours
from airflow_ops_plugin.agents.models import AgentRow, AgentSkillRow
from airflow_ops_plugin.agents.schemas import AgentBody

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def agent_of(row: AgentRow | sa.Row[Any], skills: Mapping[str, int]) -> Agent:
    """Return the agent that ``row`` holds.

    :param row: has every column of ``AgentRow``.
    :param skills: level by name of the skill.
    """
    timeout = row.heartbeat_timeout_seconds
    return Agent(
        id=row.id,
        name=row.name,
        kind=AgentKind(row.kind),
        address=row.address,
        login=row.login,
        skills=dict(skills),
        labels=frozenset(row.labels),
        capacity=row.capacity,
        weight=row.weight,
        dag_ids=frozenset(row.dag_ids),
        duty=duty_of(row.time_zone, row.working_hours, row.absences),
        status=AgentStatus(row.status),
        status_reason=row.status_reason,
        heartbeat_at=row.heartbeat_at,
        heartbeat_timeout=None if timeout is None else timedelta(seconds=timeout),
        version=row.version,
        load=row.load,
        turn=row.turn,
        idle_since=row.idle_since,
    )


def levels_of(row: AgentRow) -> dict[str, int]:
    """Return the level by name of the agent's skills."""
    return {skill.skill: skill.level for skill in row.skills}


def duty_of(zone: str, hours: list[dict[str, Any]], absences: list[dict[str, Any]]) -> Duty | None:
    """Return when an agent works, from the JSON of its columns; ``None`` for always."""
    if not hours and not absences:
        return None
    return Duty(
        zone=ZoneInfo(zone),
        hours=tuple(
            WorkingHours(
                frozenset(_DAYS.index(day) for day in span["days"]),
                time.fromisoformat(span["start"]),
                time.fromisoformat(span["end"]),
            )
            for span in hours
        ),
        absences=tuple(
            Absence(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"])) for span in absences
        ),
    )


def columns_of(body: AgentBody) -> dict[str, Any]:
    """Return the columns that ``body`` describes, without its skills."""
    return {
        "name": body.name,
        "kind": str(body.kind),
        "address": body.address,
        "login": body.login,
        "description": body.description,
        "labels": sorted(set(body.labels)),
        "capacity": body.capacity,
        "weight": body.weight,
        "dag_ids": sorted(set(body.dag_ids)),
        "time_zone": body.time_zone,
        "working_hours": [span.model_dump(mode="json") for span in body.working_hours],
        "absences": [span.model_dump(mode="json") for span in body.absences],
        "heartbeat_timeout_seconds": body.heartbeat_timeout_seconds,
    }


def skills_of(body: AgentBody) -> list[AgentSkillRow]:
    """Return the rows of the skills that ``body`` describes."""
    return [AgentSkillRow(skill=skill, level=level) for skill, level in sorted(body.skills.items())]


def body_of(row: AgentRow) -> AgentBody:
    """Return the description of the agent that ``row`` holds."""
    return AgentBody(
        name=row.name,
        kind=AgentKind(row.kind),
        address=row.address,
        login=row.login,
        description=row.description,
        skills=levels_of(row),
        labels=row.labels,
        capacity=row.capacity,
        weight=row.weight,
        dag_ids=row.dag_ids,
        time_zone=row.time_zone,
        working_hours=row.working_hours,
        absences=row.absences,
        heartbeat_timeout_seconds=row.heartbeat_timeout_seconds,
    )
