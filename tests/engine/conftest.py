"""The engine's steps on the test session's own Airflow database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

TASKS = ("t", "other")


@dataclass
class Engine:
    """One engine whose clock the test moves, and whose Docker hosts answer what ``problems`` says."""

    now: datetime
    roster: Any
    problems: dict[str, str | None] = field(default_factory=dict)
    pings: Any = None
    sweep: Any = None

    def tick(self) -> dict[str, Any]:
        """Run a tick and return its report; pings are answered in the next one."""
        from airflow_ops_plugin.engine.settings import EngineSettings
        from airflow_ops_plugin.engine.tick import Sweep, Tick, run_tick

        self.sweep = self.sweep or Sweep()
        report = run_tick(Tick(self.roster, self.pings, self.sweep, EngineSettings(), self.now))
        for answer in list(self.pings._running.values()):
            answer.result(timeout=30)
        return report

    def pass_time(self, **duration: float) -> None:
        """Move the clock."""
        self.now += timedelta(**duration)

    def agent(self, name: str, **facts: Any) -> None:
        """Register an agent; a worker queue unless told otherwise."""
        from airflow_ops_plugin.agents.schemas import AgentBody
        from airflow_ops_plugin.agents.service import create_agent
        from airflow_ops_plugin.assignment.transaction import transaction

        body = AgentBody(**{"name": name, "kind": "worker_queue", "address": name.lower(), **facts})
        with transaction(self.roster) as session:
            create_agent(session, body=body, actor="test", now=self.now)

    def ask(self, ti_id: Any, task_id: str = "t", **facts: Any) -> Any:
        """Ask for an agent for a task of the run ``r`` of the Dag ``d``; return the id of the work item."""
        from airflow_ops_plugin.assignment.request import Attempt, request_work
        from airflow_ops_plugin.assignment.schemas import WorkRequest
        from airflow_ops_plugin.assignment.settings import AssignmentSettings
        from airflow_ops_plugin.assignment.transaction import transaction
        from airflow_ops_plugin.assignment.work import WorkKey

        key = WorkKey(dag_id="d", run_id="r", task_id=task_id)
        attempt = Attempt(key=key, ti_id=ti_id, try_number=1, requester="rita")
        request = WorkRequest(**{"kind": "worker_queue", **facts})
        with transaction(self.roster) as session:
            return request_work(
                session, self.roster, AssignmentSettings(), attempt=attempt, request=request, now=self.now
            )

    def item(self, item_id: Any) -> Any:
        """Return a work item as it is now."""
        from airflow.utils.session import create_session

        from airflow_ops_plugin.assignment.models import WorkItemRow

        with create_session(scoped=False) as session:
            return session.get_one(WorkItemRow, item_id)

    def holders(self, item_id: Any) -> list[str]:
        """Return the names of the agents that have a work item."""
        from airflow.utils.session import create_session

        from airflow_ops_plugin.assignment.seats import active_assignments

        with create_session(scoped=False) as session:
            return [one.agent.name for one in active_assignments(session, item_id)]

    def events(self, name: str) -> list[str]:
        """Return what happened to an agent, in order."""
        from airflow.utils.session import create_session

        from airflow_ops_plugin.agents.service import find_events, get_agent

        with create_session(scoped=False) as session:
            rows, _ = find_events(session, row=get_agent(session, name=name))
            return [row.kind for row in reversed(rows)]


@pytest.fixture
def engine(airflow_home: Path) -> Iterator[Engine]:
    """An engine on empty ops tables."""
    from airflow.utils.session import create_session

    from airflow_ops_plugin.assignment.roster import Roster
    from airflow_ops_plugin.db.tables import metadata
    from airflow_ops_plugin.engine.docker_ping import DockerPings

    with create_session(scoped=False) as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
    made = Engine(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), Roster())
    made.pings = DockerPings(timedelta(seconds=10), ping=lambda address: made.problems.get(address))
    yield made
    made.pings.stop()


@pytest.fixture
def tasks() -> dict[str, Any]:
    """The ids of two running task instances of ``d/r``."""
    from airflow_runs import put_run

    return put_run("d", TASKS)
