"""Called runs are stopped once no task waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from airflow_runs import change_task, drop_run, put_run

CALLED = "called_by__d.t__1"
WAITING = ("running", "deferred", "scheduled", "queued", "up_for_retry", "up_for_reschedule", "restarting")
OVER = {
    "skipped": ({"state": "skipped"}, "the task that called it is skipped"),
    "failed": ({"state": "failed"}, "the task that called it is failed"),
    "marked as successful": ({"state": "success"}, "the task that called it is success"),
    "cleared": ({"state": None}, "the task that called it was cleared"),
    "cleared, and begun again": ({"max_tries": 1}, "the task that called it was cleared"),
}


def change_run(dag_id: str, run_id: str, **columns: Any) -> None:
    """Change columns of a run."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        run = session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).one()
        for name, value in columns.items():
            setattr(run, name, value)


def facts(dag_id: str, run_id: str) -> tuple[str, dict[str, str], str]:
    """Return the state of a run, those of its tasks, and its note."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        run = session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).one()
        states = {task.task_id: str(task.state) for task in run.get_task_instances(session=session)}
        return str(run.state), states, run.note


def call(dag_id: str, run_id: str, *, by: str, max_tries: int | None = 0) -> None:
    """Put a run that the task ``t`` of the run ``r`` of the Dag ``by`` has called: a task runs, another one waits."""
    put_run(dag_id, ["works", "waits", "follows"], run_id=run_id)
    change_task(dag_id, "waits", run_id=run_id, state="deferred")
    change_task(dag_id, "follows", run_id=run_id, state=None)
    owner, _, owner_run = by.partition("/")
    origin = {"dag_id": owner, "run_id": owner_run, "task_id": "t", "map_index": -1, "max_tries": max_tries}
    change_run(dag_id, run_id, conf={"origin": origin}, note="Called by t")


@pytest.fixture
def called(engine: Any) -> Iterator[UUID]:
    """A task ``d/r/t`` that waits for a run of the Dag ``called``; yields the id of its task instance."""
    ids = put_run("d", ["t"], state="deferred")
    change_task("d", "t", max_tries=0)
    call("called", CALLED, by="d/r")
    yield ids["t"]
    drop_run("called", CALLED)


@pytest.mark.parametrize("cause", OVER, ids=str)
def test_a_called_run_is_stopped_when_its_call_is_over(engine: Any, called: UUID, cause: str) -> None:
    columns, why = OVER[cause]
    change_task("d", "t", **columns)
    assert engine.tick()["stop_unwanted_runs"]["count"] == 1
    state, tasks, note = facts("called", CALLED)
    assert state == "failed"
    assert tasks == {"works": "failed", "waits": "failed", "follows": "skipped"}
    assert note == f"Called by t\n\nStopped: {why}."
    assert engine.tick()["stop_unwanted_runs"]["count"] == 0


def test_a_called_run_is_stopped_when_the_run_that_called_it_is_deleted(engine: Any, called: UUID) -> None:
    drop_run("d")
    engine.tick()
    state, _, note = facts("called", CALLED)
    assert (state, note.splitlines()[-1]) == ("failed", "Stopped: the task that called it is gone.")


@pytest.mark.parametrize("state", WAITING)
def test_a_called_run_goes_on_while_its_call_may_go_on(engine: Any, called: UUID, state: str) -> None:
    change_task("d", "t", state=state)
    assert engine.tick()["stop_unwanted_runs"]["count"] == 0
    assert facts("called", CALLED)[0] == "running"


def test_what_a_stopped_run_has_called_is_stopped_too(engine: Any, called: UUID) -> None:
    put_run("called", ["t"], run_id=CALLED, state="deferred")
    change_task("called", "t", run_id=CALLED, max_tries=0)
    origin = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "max_tries": 0}
    change_run("called", CALLED, conf={"origin": origin})
    call("deeper", "called_by__called.t__1", by=f"called/{CALLED}")
    try:
        change_task("d", "t", state="failed")
        engine.tick()
        engine.tick()
        assert facts("deeper", "called_by__called.t__1")[0] == "failed"
    finally:
        drop_run("deeper", "called_by__called.t__1")


def test_a_run_that_nobody_waits_for_by_design_goes_on(engine: Any, called: UUID) -> None:
    call("called", CALLED, by="d/r", max_tries=None)
    change_task("d", "t", state="success")
    engine.tick()
    assert facts("called", CALLED)[0] == "running"


def test_a_called_run_that_somebody_clears_afterwards_goes_on(engine: Any, called: UUID) -> None:
    change_run("called", CALLED, clear_number=1)
    change_task("d", "t", state="failed")
    engine.tick()
    assert facts("called", CALLED)[0] == "running"


def test_a_run_that_somebody_starts_with_the_same_inputs_goes_on(engine: Any, called: UUID) -> None:
    call("called", "manual__1", by="d/r")
    try:
        change_task("d", "t", state="failed")
        assert engine.tick()["stop_unwanted_runs"]["count"] == 1
        assert facts("called", "manual__1")[0] == "running"
    finally:
        drop_run("called", "manual__1")


def test_sqlite_and_postgresql_find_the_same(ops_database: Any) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunType
    from ops_database import engine_of, sessions_of

    from airflow_ops_plugin.engine.unwanted_run import find_unwanted

    origin = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1}
    confs = {CALLED: {**origin, "max_tries": 0}, "called_by__2": {**origin, "max_tries": None}, "called_by__3": None}
    database = engine_of(ops_database)
    with sessions_of(database)() as session:
        for run_id, found in confs.items():
            run = DagRun(dag_id="called", run_id=run_id, run_type=DagRunType.OPERATOR_TRIGGERED, conf={"origin": found})
            run.set_state(DagRunState.RUNNING)
            session.add(run)
        session.flush()
        found = find_unwanted(session, limit=10)
        assert [(session.get_one(DagRun, key).run_id, why) for key, why in found] == [
            (CALLED, "the task that called it is gone")
        ]
    database.dispose()
