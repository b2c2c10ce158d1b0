"""Two real engine processes on one database: each thing is done once, and one goes on when the other is killed."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from served_airflow import ServedAirflow
from shared_work import SharedWork

ENGINES = ("ops engine --interval 0.2", "ops engine --interval 0.3")
SIZE = 8
BATCHES = 4
PATIENCE = 240

PUT_TASKS = """
import json, sys
from airflow.utils.db import _get_alembic_config, synchronize_log_template
from airflow_runs import put_run
from alembic import command

# The tables come from Airflow's models; the API server looks for the version that its migrations write.
command.stamp(_get_alembic_config(), "heads")
synchronize_log_template()
print(json.dumps({name: str(id) for name, id in put_run("d", json.loads(sys.argv[1])).items()}))
"""


def test_two_engines_do_each_thing_once_and_one_goes_on_when_the_other_is_killed(
    ops_database: sa.URL, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    airflow = ServedAirflow(home, ops_database)
    try:
        work = SharedWork(ops_database, _put_tasks(airflow), SIZE)
        work.register("shared", kind="worker_queue", labels=["shared"], capacity=SIZE)
        for person in ("ann", "bob"):
            work.register(person, kind="person", capacity=2 * SIZE * BATCHES)
        for engine in ENGINES:
            airflow.start_component(engine)
        airflow.start()

        airflow.wait_until(lambda: _engines(airflow, is_alive=True) == set(ENGINES), "heartbeats of both", PATIENCE)
        for batch in range(1, BATCHES):
            work.add_batch()
            airflow.wait_until(work.is_done, f"end of batch {batch}", PATIENCE)

        killed, left = ENGINES
        pid = airflow.pid(killed)
        airflow.end_component(killed, signal.SIGKILL)
        work.add_batch()
        airflow.wait_until(work.is_done, "end of the batch of the engine that is left", PATIENCE)
        airflow.wait_until(lambda: _pids(airflow, is_alive=False) == {pid}, "word that one engine is dead", PATIENCE)
        assert _pids(airflow, is_alive=True) == {airflow.pid(left)}
        assert _summary(airflow)["engine"]["is_alive"], "work is kept in order by the other one"

        each = SIZE * BATCHES
        assert work.histories() == {("task_ended",): each, ("unanswered", None): each, (None,): each}
        assert work.wrong_loads() == {}
    finally:
        airflow.stop()


def _put_tasks(airflow: ServedAirflow) -> dict[str, UUID]:
    """Put a running task into Airflow for each work item whose task lives."""
    names = [f"task_{number}" for number in range(2 * SIZE * BATCHES)]
    printed = airflow.run_python("-c", PUT_TASKS, json.dumps(names))
    return {name: UUID(ti_id) for name, ti_id in json.loads(printed.splitlines()[-1]).items()}


def _engines(airflow: ServedAirflow, *, is_alive: bool) -> set[str]:
    """Return which of the engines the API shows as alive, or as dead."""
    pids = _pids(airflow, is_alive=is_alive)
    return {name for name in ENGINES if airflow.pid(name) in pids}


def _pids(airflow: ServedAirflow, *, is_alive: bool) -> set[int]:
    return {engine["pid"] for engine in _summary(airflow)["engine"]["engines"] if engine["is_alive"] == is_alive}


def _summary(airflow: ServedAirflow) -> dict[str, Any]:
    answer = airflow.call("GET", "/ui/summary", below="/ops")
    assert answer.ok, answer.text
    return dict(answer.json())
