"""SharedWork: work that is due for the engine, put into a database that several engines share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from ops_database import engine_of, sessions_of

OFFER = timedelta(minutes=10)
"""How long an offer stands; those made here were made longer ago."""


class SharedWork:
    """Puts work into the tables in one transaction for each kind, and tells what became of it.

    :param tasks: ids of running task instances of the run ``r`` of the Dag ``d``, by task id; each serves once.
    :param size: how many work items of each kind a batch has.
    """

    def __init__(self, database: sa.URL, tasks: Mapping[str, UUID], size: int) -> None:
        from airflow_ops_plugin.assignment.roster import Roster

        self.size = size
        self._tasks = iter(tasks.items())
        self._sessions = sessions_of(engine_of(database))
        self._roster = Roster()
        self._batches = 0

    def register(self, name: str, **facts: Any) -> None:
        """Register an agent, without giving it what waits: that is left to the engines."""
        from airflow_ops_plugin.agents.schemas import AgentBody
        from airflow_ops_plugin.agents.service import create_agent

        body = AgentBody(**{"name": name, "address": name, **facts})
        with self._sessions.begin() as session:
            create_agent(session, body=body, actor="test", now=datetime.now(UTC))

    def add_batch(self) -> None:
        """Add work whose task is gone, offers that nobody answered in time, and work for an agent that comes now."""
        self._batches += 1
        skill = f"skill_{self._batches}"
        with self._sessions.begin() as session:
            for number in range(self.size):
                task = (f"gone_{self._batches}_{number}", uuid4())
                self._ask(session, task, kind="worker_queue", any_label=["shared"])
                self._ask(
                    session,
                    next(self._tasks),
                    ago=2 * OFFER,
                    kind="person",
                    offer_timeout_seconds=OFFER.total_seconds(),
                )
                self._ask(session, next(self._tasks), kind="worker_queue", skills={skill: 1})
        self.register(f"agent_{self._batches}", kind="worker_queue", skills={skill: 1}, capacity=self.size)

    def is_done(self) -> bool:
        """Return whether nothing is due any more."""
        from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow

        is_queued = WorkItemRow.state == "queued"
        is_gone = sa.and_(WorkItemRow.task_id.like("gone%"), WorkItemRow.state != "closed")
        is_late = sa.and_(AssignmentRow.ended_at.is_(None), AssignmentRow.expires_at < datetime.now(UTC))
        with self._sessions() as session:
            open_items = session.scalar(
                sa.select(sa.func.count()).select_from(WorkItemRow).where(sa.or_(is_queued, is_gone))
            )
            late = session.scalar(sa.select(sa.func.count()).select_from(AssignmentRow).where(is_late))
            return not open_items and not late

    def histories(self) -> dict[tuple[str | None, ...], int]:
        """Return how many work items went through which endings of their assignments; ``None`` is one that goes on."""
        from airflow_ops_plugin.assignment.models import AssignmentRow

        endings: dict[UUID, tuple[str | None, ...]] = {}
        with self._sessions() as session:
            query = sa.select(AssignmentRow.work_item_id, AssignmentRow.end_reason).order_by(AssignmentRow.id)
            for item_id, reason in session.execute(query):
                endings[item_id] = (*endings.get(item_id, ()), reason)
        counts: dict[tuple[str | None, ...], int] = {}
        for history in endings.values():
            counts[history] = counts.get(history, 0) + 1
        return counts

    def wrong_loads(self) -> dict[str, tuple[int, int]]:
        """Return the load of each agent whose load is not the number of its active assignments, with that number."""
        from airflow_ops_plugin.agents.models import AgentRow
        from airflow_ops_plugin.assignment.models import AssignmentRow

        held = (
            sa.select(sa.func.count())
            .where(AssignmentRow.agent_id == AgentRow.id, AssignmentRow.ended_at.is_(None))
            .scalar_subquery()
        )
        with self._sessions() as session:
            rows = session.execute(sa.select(AgentRow.name, AgentRow.load, held)).tuples()
            return {name: (load, active) for name, load, active in rows if load != active}

    def _ask(self, session: Any, task: tuple[str, UUID], *, ago: timedelta = timedelta(), **request: Any) -> None:
        from airflow_ops_plugin.assignment.request import Attempt, request_work
        from airflow_ops_plugin.assignment.schemas import WorkRequest
        from airflow_ops_plugin.assignment.settings import AssignmentSettings
        from airflow_ops_plugin.assignment.work import WorkKey

        task_id, ti_id = task
        request_work(
            session,
            self._roster,
            AssignmentSettings(),
            attempt=Attempt(
                key=WorkKey(dag_id="d", run_id="r", task_id=task_id), ti_id=ti_id, try_number=1, requester="rita"
            ),
            request=WorkRequest(**request),
            now=datetime.now(UTC) - ago,
        )
