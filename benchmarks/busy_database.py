"""Fills the ops tables as a busy day does: every agent full, work waiting for them, and a history."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

SKILLS = ("linux", "netops", "database", "storage", "security", "backup", "mail", "cloud")
KINDS = ("person", "docker_host", "worker_queue")
SKILLS_OF_AN_AGENT = 3
CAPACITY = 2
DAGS = 20
HISTORY = 3
"""Ended assignments of each agent."""
SEED = 7

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BusyDatabase:
    """What has been put into the tables.

    :param assignments: held now and ended.
    """

    agents: int
    queued: int
    assignments: int


def fill_database(engine: sa.Engine, *, agents: int, queued: int) -> BusyDatabase:
    """Insert agents, each holding as much as it can, ``queued`` work items that nobody is free for, and a history."""
    from airflow_ops_plugin.agents.models import AgentRow, AgentSkillRow
    from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow

    chance, now = random.Random(SEED), datetime.now(UTC)
    registered = [_agent(number, now) for number in range(agents)]
    skills = [
        {"agent_id": agent["id"], "skill": skill, "level": chance.randint(1, 5)}
        for agent in registered
        for skill in chance.sample(SKILLS, SKILLS_OF_AN_AGENT)
    ]
    waiting = [_work(chance, now, state="queued") for _ in range(queued)]
    held = list(_held(chance, registered, now))
    tables: list[tuple[type[Any], Sequence[Row]]] = [
        (AgentRow, registered),
        (AgentSkillRow, skills),
        (WorkItemRow, [*waiting, *(item for item, _ in held)]),
        (AssignmentRow, [assignment for _, assignment in held]),
    ]
    with engine.begin() as connection:
        _insert_dags(connection)
        for table, rows in tables:
            connection.execute(sa.insert(table), rows)
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"SELECT setval('ops_agent_turn', {agents})"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    return BusyDatabase(agents, queued, len(held))


def _insert_dags(connection: sa.Connection) -> None:
    """Insert the Dags of the work: only work of Dags that a reader may see is shown."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel

    session = Session(connection)
    session.add(DagBundleModel(name="templates"))
    session.flush()
    session.add_all(DagModel(dag_id=f"dag_{number}", bundle_name="templates", is_stale=False) for number in range(DAGS))
    session.flush()


def _agent(number: int, now: datetime) -> Row:
    return {
        "id": uuid4(),
        "name": f"agent-{number:04}",
        "kind": KINDS[number % len(KINDS)],
        "address": f"address-{number}",
        "description": f"Agent {number} of the benchmark",
        "labels": [f"site-{number % 5}"],
        "capacity": CAPACITY,
        "load": CAPACITY,
        "weight": 1.0,
        "turn": number + 1,
        "idle_since": now,
        "created_at": now,
        "updated_at": now,
    }


def _work(chance: random.Random, now: datetime, *, state: str, kind: str | None = None) -> Row:
    """Return a work item that was asked for within the last day."""
    from airflow_ops_plugin.agents.agent import AgentKind
    from airflow_ops_plugin.assignment.settings import AssignmentSettings
    from airflow_ops_plugin.assignment.work import Need, queue_at

    kind, priority = kind or chance.choice(KINDS), chance.randint(0, 10)
    need = Need(
        kind=AgentKind(kind),
        dag_id=f"dag_{chance.randrange(DAGS)}",
        skills={chance.choice(SKILLS): chance.randint(1, 3)},
        strategy="skill_weighted",
    )
    requested_at = now - timedelta(seconds=chance.uniform(60, 86_400))
    is_open = state != "closed"
    return {
        "id": uuid4(),
        "dag_id": need.dag_id,
        "run_id": f"manual__{uuid4().hex}",
        "task_id": f"step_{chance.randrange(30)}",
        "ti_id": uuid4(),
        "subject": "Replace the card of the switch",
        "kind": kind,
        "skills": need.skills,
        "exclude": ["requester"] if kind == "person" else [],
        "requester": "rita",
        "strategy": need.strategy,
        "need_key": need.key,
        "priority": priority,
        "state": state,
        "open_seats": int(state == "queued"),
        "requested_at": requested_at,
        "queue_at": queue_at(requested_at, priority, AssignmentSettings().ageing),
        "leased_at": None if state == "queued" else requested_at,
        "closed_at": None if is_open else requested_at + timedelta(minutes=5),
        "close_reason": None if is_open else "completed",
        "is_published": True,
    }


def _held(chance: random.Random, agents: Sequence[Row], now: datetime) -> Iterator[tuple[Row, Row]]:
    """Yield the work that agents hold and have done, with the assignment of each."""
    for agent in agents:
        for place in range(CAPACITY + HISTORY):
            is_active = place < CAPACITY
            item = _work(chance, now, state="leased" if is_active else "closed", kind=agent["kind"])
            yield item, _assignment(item, agent["id"], agent["name"])


def _assignment(item: Row, agent_id: UUID, name: str) -> Row:
    """Return the assignment of an item, explained as one between many agents is."""
    parts = {"priority": 0.3, "skill": 0.24, "workload": 0.15}
    ranked = [
        {"agent": f"{name}-{place}", "score": 0.69, "parts": parts, "load": 1, "capacity": 2} for place in range(10)
    ]
    skill, level = next(iter(item["skills"].items()))
    examples = [f"{name}-{place}" for place in range(5)]
    filtered = [
        {"reason": f"lack skill {skill}>={level}", "count": 208, "examples": examples},
        {"reason": "full", "count": 100, "examples": examples},
    ]
    return {
        "work_item_id": item["id"],
        "agent_id": agent_id,
        "assigned_at": item["requested_at"],
        "assigned_by": "assignment",
        "ended_at": item["closed_at"],
        "end_reason": item["close_reason"],
        "ended_by": item["closed_at"] and "task",
        "explanation": {
            "summary": f"25 of 333 eligible: 208 lack skill {skill}>={level}, 100 full",
            "strategy": "skill_weighted",
            "considered": 333,
            "eligible": 25,
            "filtered": filtered,
            "ranked": ranked,
            "note": "",
        },
    }
