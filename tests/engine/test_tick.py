"""What a tick of the engine puts in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from airflow_runs import change_task, drop_run, task_state

ENDED = {
    "finished": {"state": "success"},
    "failed": {"state": "failed"},
    "to be retried": {"state": "up_for_retry"},
    "cleared": {"state": None},
    "restarted": {"state": "restarting"},
    "replaced by another attempt": {"id": uuid4()},
}
ALIVE = ("running", "deferred", "awaiting_input", "scheduled", "queued", "up_for_reschedule")


@pytest.mark.parametrize("cause", ENDED, ids=str)
def test_the_lease_of_a_task_that_is_over_goes_to_who_waits(engine: Any, tasks: dict[str, Any], cause: str) -> None:
    engine.agent("one")
    held = engine.ask(tasks["t"])
    engine.pass_time(seconds=1)
    waiting = engine.ask(tasks["other"], "other")
    change_task("d", "t", **ENDED[cause])
    engine.tick()
    assert (engine.item(held).state, engine.item(held).close_reason) == ("closed", "task_ended")
    assert engine.holders(waiting) == ["one"]


def test_the_lease_of_a_deleted_run_is_returned(engine: Any, tasks: dict[str, Any]) -> None:
    engine.agent("one")
    held = engine.ask(tasks["t"])
    drop_run("d")
    engine.tick()
    assert engine.item(held).state == "closed"


def test_the_lease_of_a_failed_run_is_returned(engine: Any, tasks: dict[str, Any]) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    engine.agent("one")
    held = engine.ask(tasks["t"])
    with create_session(scoped=False) as session:
        session.execute(update(DagRun).where(DagRun.dag_id == "d", DagRun.run_id == "r").values(state="failed"))
    engine.tick()
    assert engine.item(held).state == "closed"


@pytest.mark.parametrize("state", ALIVE)
def test_a_task_that_may_go_on_keeps_its_lease(engine: Any, tasks: dict[str, Any], state: str) -> None:
    engine.agent("one")
    held = engine.ask(tasks["t"])
    change_task("d", "t", state=state)
    engine.tick()
    assert engine.holders(held) == ["one"]


def test_waiting_work_starts_when_working_hours_begin(engine: Any, tasks: dict[str, Any]) -> None:
    engine.agent("one", working_hours=[{"days": ["mon"], "start": "10:00", "end": "17:00"}])
    waiting = engine.ask(tasks["t"])
    engine.tick()
    assert engine.holders(waiting) == []
    engine.pass_time(hours=1)
    engine.tick()
    assert engine.holders(waiting) == ["one"]


def test_a_docker_host_that_stops_answering_goes_offline_and_its_waiting_work_elsewhere(
    engine: Any, tasks: dict[str, Any]
) -> None:
    engine.agent("dock1", kind="docker_host")
    engine.agent("dock2", kind="docker_host")
    held = engine.ask(tasks["t"], kind="docker_host", preferred_agent="dock1")
    for _ in range(2):
        engine.tick()
    engine.problems["dock1"] = "no route to host"
    for _ in range(6):
        engine.pass_time(seconds=10)
        engine.tick()
    assert engine.events("dock1") == ["registered", "offline"]
    assert (engine.item(held).state, engine.item(held).close_reason) == ("closed", "agent_lost")
    again = engine.ask(tasks["t"], kind="docker_host", preferred_agent="dock1")
    assert engine.holders(again) == ["dock2"]
    engine.problems.clear()
    for _ in range(2):
        engine.pass_time(seconds=10)
        engine.tick()
    assert engine.events("dock1") == ["registered", "offline", "available"]


def test_a_docker_host_that_misses_one_ping_stays(engine: Any) -> None:
    engine.agent("dock1", kind="docker_host")
    for _ in range(2):
        engine.tick()
    engine.problems["dock1"] = "slow"
    engine.pass_time(seconds=10)
    for _ in range(2):
        engine.tick()
    assert engine.events("dock1") == ["registered"]


def test_a_docker_host_in_maintenance_is_left_alone(engine: Any) -> None:
    from airflow_ops_plugin.agents.agent import AgentStatus
    from airflow_ops_plugin.agents.service import get_agent, set_status
    from airflow_ops_plugin.assignment.transaction import transaction

    engine.agent("dock1", kind="docker_host")
    with transaction(engine.roster) as session:
        row = get_agent(session, name="dock1")
        set_status(session, row=row, status=AgentStatus.MAINTENANCE, reason="", actor="oleg", now=engine.now)
    engine.problems["dock1"] = "off"
    for _ in range(6):
        engine.pass_time(seconds=10)
        assert engine.tick()["ping_docker_hosts"]["count"] == 0


def test_an_executor_that_stops_reporting_itself_goes_offline_and_comes_back(
    engine: Any, tasks: dict[str, Any]
) -> None:
    from airflow_ops_plugin.agents.service import get_agent, record_heartbeat
    from airflow_ops_plugin.assignment.transaction import transaction

    engine.agent("one", heartbeat_timeout_seconds=30)
    waiting = engine.ask(tasks["t"])
    assert engine.holders(waiting) == [], "it was never heard of"
    for _ in range(2):
        with transaction(engine.roster) as session:
            record_heartbeat(session, row=get_agent(session, name="one"), actor="one", now=engine.now)
        engine.tick()
        engine.pass_time(seconds=31)
        engine.tick()
    assert engine.events("one") == ["registered", "offline", "available", "offline"]


def test_a_request_that_a_task_makes_later_names_only_who_is_assigned(engine: Any, tasks: dict[str, Any]) -> None:
    engine.agent("Ann", kind="person", login="ann@example.org")
    engine.ask(tasks["t"], kind="person")
    engine.tick()
    _make_request(tasks["t"], assignees=[{"id": "somebody", "name": "Somebody"}])
    engine.tick()
    assert _assignees(tasks["t"]) == [{"id": "ann", "name": "Ann"}]


def test_a_request_follows_every_change_of_its_people_at_once(engine: Any, tasks: dict[str, Any]) -> None:
    from airflow_ops_plugin.assignment.change import decline_work
    from airflow_ops_plugin.assignment.seats import active_assignments
    from airflow_ops_plugin.assignment.transaction import transaction

    _make_request(tasks["t"], assignees=[])
    item_id = engine.ask(tasks["t"], kind="person")
    assert _assignees(tasks["t"]) == [{"id": "ops:nobody", "name": "nobody yet: waits for an agent"}]
    engine.agent("Ann", kind="person")
    engine.tick()
    assert _assignees(tasks["t"]) == [{"id": "ann", "name": "Ann"}]
    engine.agent("Bob", kind="person")
    with transaction(engine.roster) as session:
        (one,) = active_assignments(session, item_id)
        decline_work(
            session,
            engine.roster,
            item_id=item_id,
            assignment_id=one.id,
            actor="ann",
            note="",
            now=engine.now,
        )
    assert _assignees(tasks["t"]) == [{"id": "bob", "name": "Bob"}]


def test_whoever_answered_an_unassigned_request_counts_as_having_done_it(engine: Any, tasks: dict[str, Any]) -> None:
    engine.agent("Ann", kind="person")
    engine.agent("Bob", kind="person")
    _make_request(tasks["other"], assignees=[], answered_by={"id": "ann", "name": "ann"})
    item_id = engine.ask(tasks["t"], kind="person", exclude=["node:other"], preferred_agent="Ann")
    assert engine.holders(item_id) == ["Bob"]


def test_every_step_may_run_twice(engine: Any, tasks: dict[str, Any]) -> None:
    engine.agent("one")
    held = engine.ask(tasks["t"])
    change_task("d", "t", state="success")
    reports = [engine.tick() for _ in range(2)]
    assert [report["return_ended_tasks"]["count"] for report in reports] == [1, 0]
    assert engine.item(held).state == "closed"


def _make_request(ti_id: Any, *, assignees: list[Any], answered_by: dict[str, str] | None = None) -> None:
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        session.add(
            HITLDetail(
                ti_id=ti_id,
                options=["Approve", "Reject"],
                subject="May it?",
                params={},
                params_input={},
                assignees=assignees,
                responded_by=answered_by,
                responded_at=datetime.now(UTC) if answered_by else None,
            )
        )


def _assignees(ti_id: Any) -> Any:
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        return session.get_one(HITLDetail, ti_id).assigned_users


@pytest.mark.parametrize(("age_seconds", "state"), [(0, "scheduled"), (3600, "deferred")], ids=str)
def test_a_task_that_got_an_agent_a_short_while_ago_goes_on(
    engine: Any, tasks: dict[str, Any], age_seconds: float, state: str
) -> None:
    engine.ask(tasks["t"])
    engine.agent("one")
    change_task("d", "t", state="running")
    engine.tick()
    change_task("d", "t", state="deferred", next_method="resume_with_agent", next_kwargs={})
    engine.pass_time(seconds=age_seconds)
    engine.tick()
    assert task_state("d", "t") == state


def test_a_task_that_waits_without_an_agent_waits_on(engine: Any, tasks: dict[str, Any]) -> None:
    engine.ask(tasks["t"])
    change_task("d", "t", state="deferred", next_method="resume_with_agent", next_kwargs={})
    engine.tick()
    assert task_state("d", "t") == "deferred"
