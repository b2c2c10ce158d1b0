"""Threads that ask at the same time: decided together, in the order of the queue, each answered once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import sqlalchemy as sa
from ops_database import engine_of, sessions_of
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.schemas import AgentBody
from airflow_ops_plugin.agents.service import create_agent
from airflow_ops_plugin.assignment.desk import Desk
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.queue import assign_queued
from airflow_ops_plugin.assignment.request import Attempt, request_work
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import WorkKey, WorkState

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 60
NAMES = UUID(int=7)


class Office:
    """A desk on a real database, whose first decision can be held up until others have come."""

    def __init__(self, url: sa.URL) -> None:
        self.engine = engine_of(url, pool_size=20)
        self.sessions = sessions_of(self.engine)
        self.roster = Roster()
        self.desk = Desk(self.roster, self.transaction)
        self.decisions = 0
        self.may_decide = threading.Event()
        self.fail: Callable[[], None] = lambda: None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give the desk its transactions."""
        self.decisions += 1
        assert self.may_decide.wait(PATIENCE)
        try:
            with self.sessions() as session:
                yield session
                self.fail()
                session.commit()
        except BaseException:
            self.roster.distrust()
            raise

    def agent(self, name: str, **facts: Any) -> None:
        """Register a Docker host."""
        with self.sessions() as session:
            body = AgentBody(**{"name": name, "kind": "docker_host", "address": name, **facts})
            create_agent(session, body=body, actor="test", now=START)
            session.commit()

    def ask(self, task_id: str, *, second: int = 0, ti_id: UUID | None = None, **facts: Any) -> UUID:
        """Ask for a Docker host."""
        key = WorkKey(dag_id="d", run_id="r", task_id=task_id)
        attempt = Attempt(key=key, ti_id=ti_id or uuid5(NAMES, task_id), try_number=1, requester=None)
        with self.sessions() as session:
            return request_work(
                session,
                self.roster,
                AssignmentSettings(),
                attempt=attempt,
                request=WorkRequest(kind=AgentKind.DOCKER_HOST, **facts),
                now=START + timedelta(seconds=second),
                add=self.desk.add,
            )

    def await_queue(self, count: int) -> None:
        """Wait until so many wait behind a decision that is held up."""
        _wait_until(lambda: len(self.desk._waiting) >= count)

    def loads(self) -> dict[str, int]:
        """Return the load of each agent."""
        with self.sessions() as session:
            return dict(session.execute(sa.select(AgentRow.name, AgentRow.load)).all())

    def states(self) -> dict[str, str]:
        """Return the state of each task's work."""
        with self.sessions() as session:
            return dict(session.execute(sa.select(WorkItemRow.task_id, WorkItemRow.state)).all())


@pytest.fixture
def office(ops_database: sa.URL) -> Iterator[Office]:
    """A desk on empty tables, once on SQLite and once on PostgreSQL."""
    made = Office(ops_database)
    yield made
    made.engine.dispose()


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _ask_behind_one(office: Office, threads: ThreadPoolExecutor, asks: list[dict[str, Any]]) -> list[Future[UUID]]:
    """Let one ask, and all of ``asks`` while its decision is held up; return their answers to come."""
    first = threads.submit(office.ask, "first", skills={"alone": 1})
    _wait_until(lambda: office.decisions > 0)
    found = [threads.submit(office.ask, **ask) for ask in asks]
    office.await_queue(len(asks))
    office.may_decide.set()
    first.result(PATIENCE)
    return found


def test_what_is_asked_for_during_a_decision_is_decided_together_and_spread_evenly(office: Office) -> None:
    for name in ("a", "b", "c", "d"):
        office.agent(name, capacity=5)
    with ThreadPoolExecutor(9) as threads:
        answers = _ask_behind_one(office, threads, [{"task_id": f"t{number}"} for number in range(8)])
        ids = {answer.result(PATIENCE) for answer in answers}
    assert len(ids) == 8
    assert office.decisions == 2
    assert office.loads() == {"a": 2, "b": 2, "c": 2, "d": 2}


def test_together_they_are_served_in_the_order_of_the_queue(office: Office) -> None:
    office.agent("one", capacity=2)
    asks = [
        {"task_id": "late", "second": 30},
        {"task_id": "normal", "second": 20},
        {"task_id": "urgent", "second": 40, "priority": 9},
        {"task_id": "other", "second": 1, "skills": {"unknown": 1}},
    ]
    with ThreadPoolExecutor(5) as threads:
        for answer in _ask_behind_one(office, threads, asks):
            answer.result(PATIENCE)
    states = office.states()
    assert {task for task, state in states.items() if state == WorkState.LEASED} == {"urgent", "normal"}
    with office.sessions() as session:
        why = session.scalar(sa.select(WorkItemRow.explanation).where(WorkItemRow.task_id == "late"))
    assert why is not None
    assert "1 full" in why["summary"]


def test_nobody_who_asks_now_overtakes_who_waits_for_the_same(office: Office) -> None:
    office.may_decide.set()
    office.ask("waits", second=1)
    office.agent("new")
    office.ask("later", second=2)
    office.ask("other need", second=3, prefer_labels=["near"])
    assert office.states() == {"waits": "queued", "later": "queued", "other need": "leased"}


def test_all_who_ask_for_the_same_task_get_the_same_work(office: Office) -> None:
    office.agent("one", capacity=9)
    office.may_decide.set()
    with ThreadPoolExecutor(8) as threads:
        ids = {answer.result(PATIENCE) for answer in [threads.submit(office.ask, "same") for _ in range(8)]}
    assert len(ids) == 1
    assert office.loads() == {"one": 1}


def test_a_new_attempt_of_a_task_takes_over_from_the_earlier_one(office: Office) -> None:
    office.agent("one")
    office.may_decide.set()
    before = office.ask("task", ti_id=uuid4())
    after = office.ask("task", ti_id=uuid4(), second=5)
    assert before != after
    assert office.loads() == {"one": 1}


def test_what_goes_wrong_reaches_all_whom_it_concerns_and_nobody_else(office: Office) -> None:
    office.agent("one", capacity=9)

    def fail_once() -> None:
        if office.decisions == 2:
            raise ConnectionError("the database is gone")

    office.fail = fail_once
    with ThreadPoolExecutor(4) as threads:
        answers = _ask_behind_one(office, threads, [{"task_id": f"t{number}"} for number in range(3)])
        for answer in answers:
            with pytest.raises(ConnectionError, match="the database is gone"):
                answer.result(PATIENCE)
    assert office.states() == {"first": "queued"}
    assert office.loads() == {"one": 0}
    office.ask("again")
    assert office.loads() == {"one": 1}


def test_who_finds_the_last_agents_locked_looks_again(office: Office) -> None:
    office.agent("one", capacity=2)
    office.may_decide.set()
    office.ask("first")
    with office.sessions() as other:
        other.execute(sa.select(AgentRow).with_for_update())
        office.fail = lambda: other.rollback() if office.decisions == 2 else None
        office.ask("second")
    assert office.states() == {"first": "leased", "second": "leased"}


def test_two_desks_never_give_too_much(ops_database: sa.URL) -> None:
    desks = [Office(ops_database), Office(ops_database)]
    for number in range(6):
        desks[0].agent(f"a{number}", capacity=3)
    for one in desks:
        one.may_decide.set()
    with ThreadPoolExecutor(12) as threads:
        answers = [threads.submit(desks[number % 2].ask, f"t{number}", second=number) for number in range(40)]
        assert len({answer.result(PATIENCE) for answer in answers}) == 40
    with desks[0].transaction() as session:  # the engine's tick: an agent may have been locked whenever one looked
        assign_queued(session, desks[0].roster, now=START + timedelta(minutes=1), limit=50)
    assert set(desks[0].loads().values()) == {3}
    assert Counter(desks[0].states().values()) == {"leased": 18, "queued": 22}
    with desks[0].sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AssignmentRow)) == 18
    for one in desks:
        one.engine.dispose()
