"""Work and agents on a real database, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """A session on empty ops tables, a roster, and a clock."""

    session: Any
    roster: Any
    settings: Any
    now: datetime = START
    ti_ids: dict[str, UUID] = field(default_factory=dict)

    def pass_time(self, **duration: float) -> None:
        """Move the clock."""
        self.now += timedelta(**duration)

    def agent(self, name: str, **facts: Any) -> Any:
        """Register an agent; a Docker host unless told otherwise."""
        from airflow_ops_plugin.agents.schemas import AgentBody
        from airflow_ops_plugin.agents.service import create_agent

        body = AgentBody(**{"name": name, "kind": "docker_host", "address": name.lower(), **facts})
        return create_agent(self.session, body=body, actor="test", now=self.now)

    def ask(self, task_id: str, *, ti_id: UUID | None = None, requester: str | None = None, **facts: Any) -> Any:
        """Ask for an agent for a task of the run ``r`` of the Dag ``d``."""
        from airflow_ops_plugin.assignment.models import WorkItemRow
        from airflow_ops_plugin.assignment.request import Attempt, request_work
        from airflow_ops_plugin.assignment.schemas import WorkRequest
        from airflow_ops_plugin.assignment.work import WorkKey

        ti_id = ti_id or self.ti_ids.setdefault(task_id, uuid4())
        attempt = Attempt(
            key=WorkKey(dag_id="d", run_id="r", task_id=task_id), ti_id=ti_id, try_number=1, requester=requester
        )
        request = WorkRequest(**{"kind": "docker_host", **facts})
        item_id = request_work(self.session, self.roster, self.settings, attempt=attempt, request=request, now=self.now)
        return self.session.get_one(WorkItemRow, item_id, populate_existing=True)

    def loads(self) -> dict[str, int]:
        """Return the load of each agent."""
        from airflow_ops_plugin.agents.models import AgentRow

        return dict(self.session.execute(sa.select(AgentRow.name, AgentRow.load)).tuples().all())

    def held_by(self, name: str) -> Any:
        """Return the only work item that an agent has."""
        from airflow_ops_plugin.agents.models import AgentRow
        from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow

        return self.session.scalars(
            sa.select(WorkItemRow)
            .join(AssignmentRow, AssignmentRow.work_item_id == WorkItemRow.id)
            .join(AgentRow, AgentRow.id == AssignmentRow.agent_id)
            .where(AgentRow.name == name, AssignmentRow.ended_at.is_(None))
        ).one()

    def holders(self, item: Any) -> list[str]:
        """Return the names of the agents that have ``item``."""
        from airflow_ops_plugin.assignment.seats import active_assignments

        return [one.agent.name for one in active_assignments(self.session, item.id)]


@pytest.fixture
def world(ops_database: sa.URL) -> Iterator[World]:
    """An empty world, once on SQLite and once on PostgreSQL."""
    from ops_database import engine_of, sessions_of

    from airflow_ops_plugin.assignment.roster import Roster
    from airflow_ops_plugin.assignment.settings import AssignmentSettings

    engine = engine_of(ops_database)
    with sessions_of(engine)() as session:
        yield World(session, Roster(), AssignmentSettings())
    engine.dispose()
