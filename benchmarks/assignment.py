"""How fast agents are assigned: 16 clients on PostgreSQL, beside what the same machine can do at most.

``python benchmarks/assignment.py [--seconds 8] [--clients 16] [--processes 1] [--agents 100 1000 10000]``

Each client asks for agents, one after another, for needs with skills, until the time is over, and gets each answer
after it has been committed. Clients are threads of ``--processes`` processes, as requests are in Airflow's API server,
through which every task asks (``[api] workers``, 1 by default). The ceiling is the same number of clients, each a
process, that each insert one row and update one row in a transaction. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="benchmark-"))

import sqlalchemy as sa
from ops_database import engine_of, migrate, sessions_of
from postgres_server import new_database, postgres_url
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.assignment.desk import Desk
from airflow_ops_plugin.assignment.ending import finish_work
from airflow_ops_plugin.assignment.request import Attempt, request_work
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import WorkKey

SKILLS = ("linux", "netops", "database", "storage", "security", "backup", "mail", "cloud")
SKILLS_OF_AN_AGENT = 3
PLACES = 100_000
"""Capacity of all agents together, so that a run does not fill them."""
WARM_UP_SECONDS = 2.0
SEED = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """What the clients did together: transactions, and how long each took in milliseconds."""

    per_second: float
    milliseconds: list[float]

    def percentile(self, share: float) -> float:
        """Return the duration that ``share`` of the transactions did not exceed."""
        return self.milliseconds[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * share))]


Process = Callable[[sa.Engine], Callable[[int], Callable[[], None]]]
"""Prepares what the clients of one process share; returns what gives the transaction of each client, by its number."""


def main() -> None:
    """Measure, print a table, and as the last line one JSON object."""
    arguments = _arguments()
    result: dict[str, Any] = {
        "clients": arguments.clients,
        "processes": arguments.processes,
        "seconds": arguments.seconds,
    }
    violations = 0
    with postgres_url() as server:
        ceiling = _measure_ceiling(server, arguments)
        result["ceiling_per_s"] = round(ceiling.per_second, 1)
        print(f"{'':>24}{'per s':>10}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}{'violations':>12}")
        _print_row("ceiling", ceiling)
        for agents in arguments.agents:
            leases, cycles, broken = _measure_agents(server, agents, arguments)
            violations += broken
            _print_row(f"{agents:,} agents: leases", leases, broken)
            _print_row("leased and returned", cycles)
            result[f"leases_per_s_{agents}"] = round(leases.per_second, 1)
            result[f"cycles_per_s_{agents}"] = round(cycles.per_second, 1)
            for share in (50, 95, 99):
                result[f"p{share}_ms_{agents}"] = round(leases.percentile(share / 100), 2)
    print(json.dumps(result | {"violations": violations}))


def _measure_ceiling(server: sa.URL, arguments: argparse.Namespace) -> Measured:
    with new_database(server) as url:
        engine = engine_of(url)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE added (id uuid PRIMARY KEY, at timestamptz NOT NULL)"))
            connection.execute(sa.text("CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL)"))
            connection.execute(sa.text("INSERT INTO counter SELECT i, 0 FROM generate_series(0, 999) AS i"))
        engine.dispose()
        return _run_clients(url, _ceiling, arguments, arguments.clients)


def _measure_agents(server: sa.URL, count: int, arguments: argparse.Namespace) -> tuple[Measured, Measured, int]:
    with new_database(server) as url:
        engine = engine_of(url)
        migrate(engine)
        _insert_agents(engine, count)
        engine.dispose()
        leases = _run_clients(url, _leases, arguments, arguments.processes)
        cycles = _run_clients(url, _cycles, arguments, arguments.processes)
        broken = _count_violations(engine)
        engine.dispose()
        return leases, cycles, broken


def _insert_agents(engine: sa.Engine, count: int) -> None:
    """Register agents with random skills and equal capacities, straight into the tables."""
    from airflow_ops_plugin.agents.models import AgentRow, AgentSkillRow

    chance, now = random.Random(SEED), datetime.now(UTC)
    agents, skills = [], []
    for number in range(count):
        agent_id = uuid4()
        agents.append(
            {
                "id": agent_id,
                "name": f"agent-{number}",
                "kind": str(AgentKind.WORKER_QUEUE),
                "address": f"queue-{number}",
                "capacity": max(1, PLACES // count),
                "weight": chance.choice((1.0, 2.0, 3.0)),
                "turn": number + 1,
                "idle_since": now,
                "created_at": now,
                "updated_at": now,
            }
        )
        for skill in chance.sample(SKILLS, SKILLS_OF_AN_AGENT):
            skills.append({"agent_id": agent_id, "skill": skill, "level": chance.randint(1, 5)})
    with engine.begin() as connection:
        connection.execute(sa.insert(AgentRow), agents)
        connection.execute(sa.insert(AgentSkillRow), skills)
        connection.execute(sa.text(f"SELECT setval('ops_agent_turn', {count})"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def _ceiling(engine: sa.Engine) -> Callable[[int], Callable[[], None]]:
    """Insert one row, update one row, commit."""
    insert = sa.text("INSERT INTO added (id, at) VALUES (:id, :at)")
    update = sa.text("UPDATE counter SET n = n + 1 WHERE id = :id")

    def client(number: int) -> Callable[[], None]:
        chance = random.Random(number)

        def transact() -> None:
            with engine.begin() as connection:
                connection.execute(insert, {"id": uuid4(), "at": datetime.now(UTC)})
                connection.execute(update, {"id": chance.randrange(1000)})

        return transact

    return client


def _leases(engine: sa.Engine) -> Callable[[int], Callable[[], None]]:
    """Ask for an agent, each time for new work."""
    server = _Server(engine)

    def client(number: int) -> Callable[[], None]:
        chance = random.Random(number)
        return lambda: server.lease(chance) and None

    return client


def _cycles(engine: sa.Engine) -> Callable[[int], Callable[[], None]]:
    """Ask for an agent and give it back."""
    server = _Server(engine)

    def client(number: int) -> Callable[[], None]:
        chance = random.Random(number)
        return lambda: server.finish(server.lease(chance))

    return client


class _Server:
    """What a process of the API server keeps: the roster, with rankings for what is asked for, and the desk."""

    def __init__(self, engine: sa.Engine) -> None:
        self._sessions = sessions_of(engine)
        self._settings = AssignmentSettings()
        self._roster = Roster()
        self._desk = Desk(self._roster, self._transaction)
        self._requests = [
            WorkRequest(kind=AgentKind.WORKER_QUEUE, skills={skill: level}) for skill in SKILLS for level in (1, 3)
        ]
        for request in self._requests:
            self._lease(request)

    def lease(self, chance: random.Random) -> UUID:
        """Ask for an agent; return the id of the work item."""
        return self._lease(chance.choice(self._requests))

    def finish(self, item_id: UUID) -> None:
        """Give the agent back."""
        with self._transaction() as session:
            finish_work(
                session,
                self._roster,
                item_id=item_id,
                is_completed=True,
                outcome=None,
                actor="benchmark",
                now=datetime.now(UTC),
            )

    def _lease(self, request: WorkRequest) -> UUID:
        key = WorkKey(dag_id="benchmark", run_id=uuid4().hex, task_id="work")
        attempt = Attempt(key=key, ti_id=uuid4(), try_number=1, requester=None)
        with self._transaction() as session:
            return request_work(
                session,
                self._roster,
                self._settings,
                attempt=attempt,
                request=request,
                now=datetime.now(UTC),
                add=self._desk.add,
            )

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self._sessions() as session:
            yield session
            session.commit()


def _run_clients(url: sa.URL, process: Process, arguments: argparse.Namespace, processes: int) -> Measured:
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(processes + 1), context.SimpleQueue()
    shares = [len(range(number, arguments.clients, processes)) for number in range(processes)]
    running = [
        context.Process(target=_serve, args=(url, process, number, share, barrier, results, arguments.seconds))
        for number, share in enumerate(shares)
    ]
    for one in running:
        one.start()
    barrier.wait()
    durations = [duration for _ in running for duration in results.get()]
    for one in running:
        one.join()
    return Measured(len(durations) / arguments.seconds, sorted(durations))


def _serve(
    url: sa.URL, process: Process, number: int, clients: int, barrier: Barrier, results: Any, seconds: float
) -> None:
    engine = engine_of(url, pool_size=clients + 1)
    client = process(engine)
    transactions = [client(number * 1000 + one) for one in range(clients)]
    barrier.wait()
    with ThreadPoolExecutor(clients) as threads:
        durations = list(threads.map(lambda transact: _repeat(transact, seconds), transactions))
    results.put([duration for one in durations for duration in one])
    engine.dispose()


def _repeat(transact: Callable[[], None], seconds: float) -> list[float]:
    """Return how long each transaction took that began within ``seconds``, in milliseconds."""
    warm_until = time.monotonic() + WARM_UP_SECONDS
    while time.monotonic() < warm_until:
        transact()
    until, durations = time.monotonic() + seconds, []
    while (started := time.monotonic()) < until:
        transact()
        durations.append((time.monotonic() - started) * 1000)
    return durations


def _count_violations(engine: sa.Engine) -> int:
    """Count agents over capacity or with a wrong load, work assigned twice, and agents without the skill."""
    checks = (
        "SELECT count(*) FROM ops_agent WHERE load > capacity",
        "SELECT count(*) FROM ops_agent a WHERE load != (SELECT count(*) FROM ops_assignment s"
        " WHERE s.agent_id = a.id AND s.ended_at IS NULL)",
        "SELECT count(*) FROM (SELECT work_item_id FROM ops_assignment GROUP BY work_item_id HAVING count(*) > 1) AS t",
        "SELECT count(*) FROM ops_work_item WHERE state = 'queued'",
        "SELECT count(*) FROM ops_assignment s JOIN ops_work_item w ON w.id = s.work_item_id"
        " CROSS JOIN LATERAL jsonb_each_text(w.skills) AS need (skill, level)"
        " LEFT JOIN ops_agent_skill k ON k.agent_id = s.agent_id AND k.skill = need.skill"
        " WHERE k.level IS NULL OR k.level < need.level::int",
    )
    with engine.connect() as connection:
        return sum(connection.scalar(sa.text(check)) or 0 for check in checks)


def _print_row(name: str, measured: Measured, violations: int | None = None) -> None:
    shares = "".join(f"{measured.percentile(share):>10.1f}" for share in (0.5, 0.95, 0.99))
    print(f"{name:>24}{measured.per_second:>10,.0f}{shares}{'' if violations is None else violations:>12}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--agents", type=int, nargs="+", default=[100, 1_000, 10_000])
    return parser.parse_args()


if __name__ == "__main__":
    main()
