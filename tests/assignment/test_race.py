"""Many real processes at once: no agent above its capacity, no work assigned twice, whatever they do."""

from __future__ import annotations

import multiprocessing
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa
from ops_database import engine_of, sessions_of

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.agents.schemas import AgentBody
from airflow_ops_plugin.agents.service import create_agent
from airflow_ops_plugin.assignment.change import release_work
from airflow_ops_plugin.assignment.ending import finish_work
from airflow_ops_plugin.assignment.errors import UnknownAssignmentError, WorkClosedError
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.queue import assign_queued
from airflow_ops_plugin.assignment.request import Attempt, request_work
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import WorkKey

PROCESSES = 12
ROUNDS = 12
AGENTS = 4
CAPACITY = 2
NAMES = UUID(int=7)


def test_many_processes_never_give_too_much_nor_the_same_work_twice(ops_database: sa.URL) -> None:
    _register(ops_database)
    _run_together(ops_database, _live)
    engine = engine_of(ops_database)
    with sessions_of(engine)() as session:
        _check(session)
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkItemRow)) > PROCESSES
    engine.dispose()


def test_when_all_ask_for_the_same_work_one_agent_gets_it(ops_database: sa.URL) -> None:
    _register(ops_database)
    _run_together(ops_database, _ask_for_the_same)
    engine = engine_of(ops_database)
    with sessions_of(engine)() as session:
        _check(session)
        assert session.scalar(sa.select(sa.func.count()).select_from(AssignmentRow)) == 1
    engine.dispose()


def test_two_nodes_that_exclude_each_other_never_get_the_same_agent(ops_database: sa.URL) -> None:
    _register(ops_database)
    _run_together(ops_database, _exclude_each_other)
    engine = engine_of(ops_database)
    with sessions_of(engine)() as session:
        _check(session)
        held: dict[str, list[UUID]] = {}
        query = sa.select(WorkItemRow.run_id, AssignmentRow.agent_id).join(
            AssignmentRow, AssignmentRow.work_item_id == WorkItemRow.id
        )
        for run_id, agent_id in session.execute(query):
            held.setdefault(run_id, []).append(agent_id)
        assert held
        assert all(len(agents) == len(set(agents)) for agents in held.values())
    engine.dispose()


def _live(sessions: Any, number: int, roster: Roster) -> None:
    """Ask, give back, release, help the queue: with work that other processes ask for too."""
    chance, mine = random.Random(number), list[UUID]()
    for turn in range(ROUNDS):
        task = f"t{chance.randrange(ROUNDS)}-{number // 2}"
        with sessions() as session:
            mine.append(_ask(session, roster, task_id=task))
            session.commit()
        with sessions() as session:
            item_id = chance.choice(mine)
            if turn % 3:
                finish_work(session, roster, item_id=item_id, is_completed=True, outcome=None, actor="x", now=_now())
            else:
                _release(session, roster, item_id)
            session.commit()
        with sessions() as session:
            assign_queued(session, roster, now=_now(), limit=3)
            session.commit()


def _ask_for_the_same(sessions: Any, number: int, roster: Roster) -> None:
    with sessions() as session:
        _ask(session, roster, task_id="same")
        session.commit()


def _exclude_each_other(sessions: Any, number: int, roster: Roster) -> None:
    """Two processes ask for the two nodes of one run at the same time."""
    for turn in range(2):
        node, other = ("a", "b") if number % 2 else ("b", "a")
        with sessions() as session:
            run_id = f"r{number // 2}-{turn}"
            _ask(session, roster, run_id=run_id, task_id=node, exclude=[f"node:{other}"])
            session.commit()


def _ask(session: Any, roster: Roster, *, task_id: str, run_id: str = "r", **facts: Any) -> UUID:
    key = WorkKey(dag_id="d", run_id=run_id, task_id=task_id)
    attempt = Attempt(key=key, ti_id=uuid5(NAMES, str(key)), try_number=1, requester=None)
    request = WorkRequest(kind=AgentKind.DOCKER_HOST, **facts)
    return request_work(session, roster, AssignmentSettings(), attempt=attempt, request=request, now=_now())


def _release(session: Any, roster: Roster, item_id: UUID) -> None:
    try:
        release_work(session, roster, item_id=item_id, assignment_id=None, actor="x", note="", now=_now())
    except (WorkClosedError, UnknownAssignmentError):
        session.rollback()
        roster.distrust()


def _register(url: sa.URL) -> None:
    engine = engine_of(url)
    with sessions_of(engine)() as session:
        for number in range(AGENTS):
            body = AgentBody(name=f"a{number}", kind="docker_host", address=f"a{number}", capacity=CAPACITY)
            create_agent(session, body=body, actor="test", now=_now())
        session.commit()
    engine.dispose()


def _run_together(url: sa.URL, what: Any) -> None:
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES)
    processes = [context.Process(target=_serve, args=(url, what, number, barrier)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0] * PROCESSES


def _serve(url: sa.URL, what: Any, number: int, barrier: Any) -> None:
    engine = engine_of(url)
    barrier.wait(120)
    what(sessions_of(engine), number, Roster())
    engine.dispose()


def _check(session: Any) -> None:
    """Ask the database, not the code under test."""
    checks = {
        "an agent above its capacity": "SELECT count(*) FROM ops_agent WHERE load > capacity OR load < 0",
        "a wrong load": "SELECT count(*) FROM ops_agent a WHERE load != (SELECT count(*) FROM ops_assignment s"
        " WHERE s.agent_id = a.id AND s.ended_at IS NULL)",
        "work assigned twice": "SELECT count(*) FROM (SELECT work_item_id FROM ops_assignment WHERE ended_at IS NULL"
        " GROUP BY work_item_id HAVING count(*) > 1) AS t",
        "a wrong state": "SELECT count(*) FROM ops_work_item w WHERE (w.state = 'leased') !="
        " EXISTS (SELECT 1 FROM ops_assignment s WHERE s.work_item_id = w.id AND s.ended_at IS NULL)",
        "two open work items of a task": "SELECT count(*) FROM (SELECT task_id FROM ops_work_item WHERE"
        " state != 'closed' GROUP BY run_id, task_id HAVING count(*) > 1) AS t",
    }
    found = {what: session.scalar(sa.text(query)) for what, query in checks.items()}
    assert found == dict.fromkeys(checks, 0)


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def _imported_before_the_fork(sqlite_template: Any) -> None:
    """Import what the processes need once, here."""
    import airflow.models.hitl  # noqa: F401
