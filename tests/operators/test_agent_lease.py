"""The life of a lease from the side of the task: taken before the work, given back after, whatever ends it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException
from ops_api import OpsApi

from airflow_ops_plugin.operators.script import ScriptOperator
from airflow_ops_plugin.operators.uses_agent import UsesAgent

WAITED_FOR = 60.0


class Works(UsesAgent, BaseOperator):
    """Works, or ends as it is told; counts its attempts in ``attempts``."""

    attempts: list[dict[str, int]] = []  # noqa: RUF012 - shared with the tests on purpose

    def __init__(self, *, end: str = "success", failures: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.end = end
        self.failures = failures

    def work(self, context: Context) -> str | None:
        self.attempts.append(api.loads())
        if self.end == "skip":
            raise AirflowSkipException("not needed")
        if len(self.attempts) <= self.failures:
            raise RuntimeError("broken")
        return self.agent_name


api: OpsApi


@pytest.fixture(scope="module")
def ops_api(airflow_home: Any) -> Iterator[OpsApi]:
    """The API on a port."""
    global api
    api = OpsApi()
    api.start()
    yield api
    api.stop()


@pytest.fixture(autouse=True)
def clean(ops_api: OpsApi, monkeypatch: pytest.MonkeyPatch) -> None:
    ops_api.clear()
    Works.attempts.clear()
    monkeypatch.setenv("AIRFLOW__OPS__API_URL", ops_api.url)


def dag_of(dag_id: str, **arguments: Any) -> DAG:
    with DAG(dag_id, schedule=None) as dag:
        Works(task_id="work", agent={"kind": "docker_host"}, **arguments)
    return dag


def test_a_lease_is_held_while_the_task_works_and_given_back_at_its_end(ops_api: OpsApi, run_dag: Any) -> None:
    ops_api.register("dock")
    run = run_dag(dag_of("leased"))
    assert run.xcom("work") == "dock"
    assert Works.attempts == [{"dock": 1}]
    assert ops_api.loads() == {"dock": 0}
    assert ops_api.ends() == [("dock", "completed")]


def test_a_task_waits_for_an_agent_in_the_triggerer(ops_api: OpsApi, run_dag: Any) -> None:
    reasons: list[str] = []

    def register_late() -> None:
        deadline = time.monotonic() + WAITED_FOR
        while not reasons and time.monotonic() < deadline:
            reasons.extend(ops_api.reasons())
            time.sleep(0.2)
        ops_api.register("late")

    registering = threading.Thread(target=register_late)
    registering.start()
    run = run_dag(dag_of("waits"))
    registering.join()
    assert run.state == "success"
    assert run.xcom("work") == "late"
    assert reasons


def test_a_failed_attempt_gives_the_lease_back_and_the_next_one_gets_one(ops_api: OpsApi, run_dag: Any) -> None:
    ops_api.register("dock")
    run = run_dag(dag_of("retried", failures=1, retries=1, retry_delay=timedelta(0)))
    assert run.state == "success"
    assert Works.attempts == [{"dock": 1}, {"dock": 1}]
    assert ops_api.ends() == [("dock", "task_ended"), ("dock", "completed")]


def test_a_skipped_task_gives_the_lease_back(ops_api: OpsApi, run_dag: Any) -> None:
    ops_api.register("dock")
    assert run_dag(dag_of("skipped", end="skip")).states == {"work": "skipped"}
    assert ops_api.ends() == [("dock", "completed")]


def test_a_strategy_that_does_not_exist_fails_without_another_attempt(ops_api: OpsApi, run_dag: Any) -> None:
    with DAG("unknown_strategy", schedule=None) as dag:
        Works(task_id="work", agent={"kind": "docker_host", "strategy": "coin"}, retries=3)
    run = run_dag(dag)
    assert run.state == "failed"
    assert len(run.errors["work"]) == 1
    assert "no strategy 'coin'" in str(run.errors["work"][0])


def test_a_script_runs_on_the_docker_host_of_its_agent(
    ops_api: OpsApi, run_dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__OPS__DOCKER_URL", "unix:///nowhere")
    url = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    monkeypatch.setenv("AIRFLOW_CONN_DOCK", json.dumps({"conn_type": "docker", "host": url}))
    ops_api.register("dock")
    with DAG("script_on_agent", schedule=None) as dag:
        ScriptOperator(task_id="work", language="sh", script="echo '{\"n\": 7}'", agent={"kind": "docker_host"})
    run = run_dag(dag)
    assert run.state == "success", run.errors
    assert run.xcom("work")["result"] == {"n": 7}
    assert ops_api.ends() == [("dock", "completed")]
