"""Any order of requests, answers, refusals, failures and changes keeps the promises: a model-based property test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from airflow_ops_plugin.agents.agent import AgentKind, AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.row_value import agent_of, levels_of
from airflow_ops_plugin.agents.schemas import AgentBody
from airflow_ops_plugin.agents.service import change_agent, create_agent, set_status
from airflow_ops_plugin.assignment.change import decline_work, reassign_work, release_work, set_priority
from airflow_ops_plugin.assignment.ending import answer_work, close_work, end_lost_agent, expire_offers
from airflow_ops_plugin.assignment.errors import NoRoomError
from airflow_ops_plugin.assignment.filters import hindrance
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.queue import assign_queued
from airflow_ops_plugin.assignment.request import Attempt, request_work
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.seats import need_of
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import EndReason, WorkKey

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TASKS = ("t0", "t1", "t2", "t3", "t4", "t5")
NAMES = ("a0", "a1", "a2", "a3")
T = TypeVar("T")
PLACES = st.integers(0, 1000)
"""Which one of a list; drawn without looking at the list, whose order may differ when an example is run again."""
SKILLS = st.dictionaries(st.sampled_from(["linux", "netops"]), st.integers(1, 3), max_size=2)


class Life(RuleBasedStateMachine):
    """Agents and work on one SQLite database; whatever happens is one transaction, rolled back at the end."""

    sessions: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.session = self.sessions()
        self.roster, self.settings, self.now = Roster(), AssignmentSettings(), START
        self.attempts: dict[str, UUID] = {}
        self.refused: set[tuple[UUID, UUID]] = set()

    def teardown(self) -> None:
        """Forget everything."""
        self.session.rollback()
        self.session.close()

    @rule(
        name=st.sampled_from(NAMES),
        kind=st.sampled_from([AgentKind.PERSON, AgentKind.DOCKER_HOST]),
        skills=SKILLS,
        capacity=st.integers(1, 3),
        weight=st.sampled_from([1.0, 2.0]),
    )
    def register(self, name: str, kind: AgentKind, skills: Any, capacity: int, weight: float) -> None:
        """Register an agent, or change the one there is; its kind and a capacity below its load stay."""
        row = self._agent(name)
        body = AgentBody(name=name, kind=kind, address=name, skills=skills, capacity=capacity, weight=weight)
        if row is None:
            create_agent(self.session, body=body, actor="anna", now=self.now)
        else:
            kept = {"kind": row.kind, "capacity": max(capacity, row.load)}
            change_agent(self.session, name=name, body=body.model_copy(update=kept), actor="anna", now=self.now)

    @rule(
        task=st.sampled_from(TASKS),
        is_new_attempt=st.booleans(),
        kind=st.sampled_from([AgentKind.PERSON, AgentKind.DOCKER_HOST]),
        skills=SKILLS,
        strategy=st.sampled_from(sorted(STRATEGIES)),
        priority=st.integers(0, 10),
        seats=st.integers(1, 2),
        exclude=st.lists(st.sampled_from(["requester", "node:t0", "node:t1", "agent:a2"]), max_size=2),
    )
    def ask(self, task: str, is_new_attempt: bool, exclude: list[str], seats: int, **facts: Any) -> None:
        """Ask for an agent: for a new task, for the same attempt again, or for a retry of the task."""
        if is_new_attempt or task not in self.attempts:
            self.attempts[task] = uuid4()
        self.now += timedelta(milliseconds=1)
        attempt = Attempt(
            key=WorkKey(dag_id="d", run_id="r", task_id=task),
            ti_id=self.attempts[task],
            try_number=1,
            requester="a1",
        )
        request = WorkRequest(seats=seats, quorum=seats, exclude=exclude, offer_timeout_seconds=60, **facts)
        first = self._request(attempt, request)
        assert self._request(attempt, request).id == first.id

    @rule(place=PLACES, is_completed=st.booleans())
    @precondition(lambda self: self._open())
    def finish(self, place: int, is_completed: bool) -> None:
        """A task ends."""
        reason = EndReason.COMPLETED if is_completed else EndReason.TASK_ENDED
        item = _at(place, self._open())
        close_work(self.session, self.roster, item_id=item.id, reason=reason, actor="x", now=self.now)

    @rule(place=PLACES)
    @precondition(lambda self: self._active())
    def decline(self, place: int) -> None:
        """An agent says no."""
        one = _at(place, self._active())
        decline_work(
            self.session,
            self.roster,
            item_id=one.work_item_id,
            assignment_id=one.id,
            actor="x",
            note="",
            now=self.now,
        )
        self.refused.add((one.work_item_id, one.agent_id))

    @rule(place=PLACES)
    @precondition(lambda self: self._active())
    def release(self, place: int) -> None:
        """An operator puts work back."""
        one = _at(place, self._active())
        release_work(
            self.session,
            self.roster,
            item_id=one.work_item_id,
            assignment_id=one.id,
            actor="oleg",
            note="",
            now=self.now,
        )

    @rule(place=PLACES, name=st.sampled_from([None, *NAMES]))
    @precondition(lambda self: self._active())
    def reassign(self, place: int, name: str | None) -> None:
        """An operator gives work to somebody else, where that is possible."""
        one = _at(place, self._active())
        savepoint = self.session.begin_nested()
        try:
            reassign_work(
                self.session,
                self.roster,
                item_id=one.work_item_id,
                assignment_id=one.id,
                agent_name=name,
                actor="oleg",
                note="",
                now=self.now,
            )
        except NoRoomError:
            savepoint.rollback()
            self.roster.distrust()
        else:
            savepoint.commit()

    @rule(place=PLACES)
    @precondition(lambda self: self._active())
    def answer(self, place: int) -> None:
        """A person answers, twice."""
        one = _at(place, self._active())
        for _ in range(2):
            answer_work(
                self.session,
                self.roster,
                item_id=one.work_item_id,
                user_id=one.agent.address,
                outcome="Approve",
                now=self.now,
            )

    @rule(seconds=st.integers(1, 90))
    def pass_time(self, seconds: int) -> None:
        """Time passes; offers run out."""
        self.now += timedelta(seconds=seconds)
        expire_offers(self.session, self.roster, now=self.now, limit=100)

    @rule(name=st.sampled_from(NAMES), status=st.sampled_from(AgentStatus))
    def set_status(self, name: str, status: AgentStatus) -> None:
        """An agent is drained, put into maintenance, lost, or comes back."""
        row = self._agent(name)
        if row is None:
            return
        set_status(self.session, row=row, status=status, reason="", actor="oleg", now=self.now)
        if status == AgentStatus.OFFLINE:
            end_lost_agent(self.session, self.roster, agent_id=row.id, actor="oleg", now=self.now)

    @rule(place=PLACES, priority=st.integers(0, 10))
    @precondition(lambda self: self._open())
    def raise_priority(self, place: int, priority: int) -> None:
        """An operator changes a priority."""
        set_priority(self.session, self.settings, item_id=_at(place, self._open()).id, priority=priority)

    @rule()
    def tick(self) -> None:
        """The engine gives out what can be given; then nothing waits that a free agent could do."""
        assign_queued(self.session, self.roster, now=self.now, limit=100)
        agents = [agent_of(row, levels_of(row)) for row in self._agents()]
        for item in self._open():
            is_plain = not item.exclude and item.seats == 1 and not self._history(item.id)
            if item.open_seats and is_plain:
                fit = [agent for agent in agents if agent.kind == item.kind]
                assert all(hindrance(agent, need_of(item), self.now) for agent in fit), item.task_id

    @invariant()
    def no_agent_has_more_than_it_can(self) -> None:
        """The load is the number of active assignments, and within the capacity."""
        for row in self._agents():
            held = [one for one in self._active() if one.agent_id == row.id]
            assert row.load == len(held) <= row.capacity

    @invariant()
    def no_seat_is_given_twice(self) -> None:
        """A work item has as many agents as it says, all different; a closed one has none."""
        for item in self.session.scalars(sa.select(WorkItemRow).execution_options(populate_existing=True)):
            mine = [one for one in self._active() if one.work_item_id == item.id]
            done = [one for one in self._history(item.id) if one.end_reason == "completed"]
            assert len({one.agent_id for one in mine}) == len(mine)
            assert len({one.seat for one in [*mine, *done]}) == len(mine) + len(done)
            if item.state == "closed":
                assert not mine
            else:
                assert len(mine) + len(done) + item.open_seats == item.seats
                assert item.state == ("queued" if item.open_seats else "leased")

    @invariant()
    def whoever_said_no_is_not_asked_again(self) -> None:
        """A refusal holds for that work."""
        assert not self.refused & {(one.work_item_id, one.agent_id) for one in self._active() if self._is_chosen(one)}

    @invariant()
    def a_task_has_one_open_work_item(self) -> None:
        """Whatever is retried."""
        tasks = [item.task_id for item in self._open()]
        assert len(tasks) == len(set(tasks))

    def _is_chosen(self, one: AssignmentRow) -> bool:
        return one.assigned_by == "assignment"

    def _request(self, attempt: Attempt, request: WorkRequest) -> WorkItemRow:
        item_id = request_work(self.session, self.roster, self.settings, attempt=attempt, request=request, now=self.now)
        return self.session.get_one(WorkItemRow, item_id, populate_existing=True)

    def _agent(self, name: str) -> AgentRow | None:
        return self.session.scalar(sa.select(AgentRow).where(AgentRow.name == name))

    def _agents(self) -> list[AgentRow]:
        query = sa.select(AgentRow).execution_options(populate_existing=True)
        return list(self.session.scalars(query))

    def _open(self) -> list[WorkItemRow]:
        query = sa.select(WorkItemRow).where(WorkItemRow.state != "closed").order_by(WorkItemRow.task_id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def _active(self) -> list[AssignmentRow]:
        query = sa.select(AssignmentRow).where(AssignmentRow.ended_at.is_(None)).order_by(AssignmentRow.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def _history(self, item_id: UUID) -> list[AssignmentRow]:
        query = sa.select(AssignmentRow).where(AssignmentRow.work_item_id == item_id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))


def _at(place: int, items: Sequence[T]) -> T:
    return items[place % len(items)]


@pytest.fixture
def _database(sqlite_template: Path) -> Any:
    from ops_database import engine_of, sessions_of

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "life.db"
        shutil.copy(sqlite_template, path)
        engine = engine_of(f"sqlite:///{path}")
        Life.sessions = staticmethod(sessions_of(engine))
        yield
        engine.dispose()


@pytest.mark.usefixtures("_database")
def test_any_order_of_events_keeps_the_promises() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
