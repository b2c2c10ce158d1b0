"""One tick of the engine: every step in order. Each may run twice, or in several engines at once, without harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from airflow_ops_plugin.agents import service as agents
from airflow_ops_plugin.agents.agent import AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.assignment.ending import close_work, end_lost_agent, expire_offers
from airflow_ops_plugin.assignment.publication import publish_late
from airflow_ops_plugin.assignment.queue import Place, assign_queued
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.transaction import transaction
from airflow_ops_plugin.assignment.waking import wake_recent
from airflow_ops_plugin.assignment.work import EndReason
from airflow_ops_plugin.engine.docker_ping import DockerPings
from airflow_ops_plugin.engine.settings import EngineSettings
from airflow_ops_plugin.engine.task_end import find_ended
from airflow_ops_plugin.engine.unwanted_run import find_unwanted, stop_run

ACTOR = "engine"

ENDED_LIMIT = 500
STOP_LIMIT = 100
OFFER_LIMIT = 20
ASSIGN_BATCH = 50
ASSIGN_SECONDS = 2.0
"""How long a tick gives out work before it looks at other things again; the next tick goes on."""


@dataclass(slots=True)
class Sweep:
    """How far the engine has looked through the queue, where that takes more than one tick."""

    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """What the steps of one tick share."""

    roster: Roster
    pings: DockerPings
    sweep: Sweep
    settings: EngineSettings
    now: datetime


Step = Callable[[Tick], int]


def return_ended_tasks(tick: Tick) -> int:
    """Close the work of tasks that no longer run; return how many."""
    with transaction(tick.roster) as session:
        ended = find_ended(session, limit=ENDED_LIMIT)
    for item_id, why in ended:
        with transaction(tick.roster) as session:
            close_work(
                session,
                tick.roster,
                item_id=item_id,
                reason=EndReason.TASK_ENDED,
                actor=ACTOR,
                now=tick.now,
                note=why,
            )
    return len(ended)


def stop_unwanted_runs(tick: Tick) -> int:
    """Stop called runs for which no task waits any more; return how many.

    What such a run has called in turn is unwanted from then on, and stopped by the next tick.
    """
    with transaction(tick.roster) as session:
        unwanted = find_unwanted(session, limit=STOP_LIMIT)
    for run_id, why in unwanted:
        with transaction(tick.roster) as session:
            stop_run(session, run_id=run_id, why=why)
    return len(unwanted)


def ping_docker_hosts(tick: Tick) -> int:
    """Take in which Docker hosts answered, and begin to ask those whose turn it is; return how many answers came."""
    answers = tick.pings.take_answers()
    for agent_id, problem in answers:
        with transaction(tick.roster) as session:
            row = session.get(AgentRow, agent_id)
            if row is None or row.removed_at is not None:
                continue
            if problem is None:
                agents.record_heartbeat(session, row=row, actor=ACTOR, now=tick.now)
            elif row.heartbeat_at is None or tick.now - row.heartbeat_at >= tick.settings.silence:
                _take_offline(tick, row, problem)
    with transaction(tick.roster) as session:
        tick.pings.start_due(session, now=tick.now)
    return len(answers)


def take_silent_agents_offline(tick: Tick) -> int:
    """Take agents offline that should have reported themselves and did not; return how many."""
    with transaction(tick.roster) as session:
        silent = _silent_agents(session, tick.now)
    for agent_id in silent:
        with transaction(tick.roster) as session:
            row = session.get_one(AgentRow, agent_id)
            _take_offline(tick, row, f"no heartbeat for {row.heartbeat_timeout_seconds:g} s")
    return len(silent)


def pass_on_offers(tick: Tick) -> int:
    """Pass offers that nobody answered in time on to the next; return how many."""
    with transaction(tick.roster) as session:
        return expire_offers(session, tick.roster, now=tick.now, limit=OFFER_LIMIT)


def assign_waiting(tick: Tick) -> int:
    """Give waiting work to whom is free, in batches; return how much.

    A tick that runs out of time goes on in the next where it stopped: nothing is behind too much to be looked at.
    """
    deadline = time.monotonic() + ASSIGN_SECONDS
    total = 0
    while time.monotonic() < deadline:
        with transaction(tick.roster) as session:
            look = assign_queued(session, tick.roster, now=tick.now, limit=ASSIGN_BATCH, after=tick.sweep.place)
        total += look.assigned
        tick.sweep.place = look.last
        if look.last is None:
            break
    return total


def wake_tasks(tick: Tick) -> int:
    """Let the tasks go on that have got an agent, where whoever gave it did not; return how many."""
    with transaction(tick.roster) as session:
        return wake_recent(session, now=tick.now)


def publish_people(tick: Tick) -> int:
    """Tell Airflow who is asked, where it could not be told when they were chosen; return how often."""
    with transaction(tick.roster) as session:
        return publish_late(session, now=tick.now, limit=ENDED_LIMIT)


STEPS: tuple[tuple[str, Step], ...] = (
    ("stop_unwanted_runs", stop_unwanted_runs),
    ("return_ended_tasks", return_ended_tasks),
    ("ping_docker_hosts", ping_docker_hosts),
    ("take_silent_agents_offline", take_silent_agents_offline),
    ("pass_on_offers", pass_on_offers),
    ("assign_waiting", assign_waiting),
    ("wake_tasks", wake_tasks),
    ("publish_people", publish_people),
)


def run_tick(tick: Tick) -> dict[str, dict[str, float]]:
    """Run every step; return how many things each did, and its milliseconds."""
    report = {}
    for name, step in STEPS:
        started = time.perf_counter()
        count = step(tick)
        report[name] = {"count": count, "milliseconds": round((time.perf_counter() - started) * 1000, 1)}
    return report


def _take_offline(tick: Tick, row: AgentRow, why: str) -> None:
    if row.status not in (AgentStatus.AVAILABLE, AgentStatus.DRAINING):
        return
    session = sa.orm.object_session(row)
    assert session is not None
    agents.mark_unreachable(session, row=row, why=why, actor=ACTOR, now=tick.now)
    end_lost_agent(session, tick.roster, agent_id=row.id, actor=ACTOR, now=tick.now)


def _silent_agents(session: sa.orm.Session, now: datetime) -> list[UUID]:
    """Return agents in use that report themselves and were last heard of too long ago."""
    rows = session.scalars(
        sa.select(AgentRow).where(
            AgentRow.heartbeat_timeout_seconds.is_not(None),
            AgentRow.heartbeat_at.is_not(None),
            AgentRow.status.in_([str(AgentStatus.AVAILABLE), str(AgentStatus.DRAINING)]),
            AgentRow.removed_at.is_(None),
        )
    )
    return [row.id for row in rows if _is_silent(row, now)]


def _is_silent(row: AgentRow, now: datetime) -> bool:
    assert row.heartbeat_at is not None
    assert row.heartbeat_timeout_seconds is not None
    return (now - row.heartbeat_at).total_seconds() > row.heartbeat_timeout_seconds
