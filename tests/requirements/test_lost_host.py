"""A Docker host that dies while it runs a script, seen by the task and by an engine in this process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG
from docker import APIClient
from docker_engines import DockerEngine
from ops_api import OpsApi

from airflow_ops_plugin.engine.process import EngineProcess
from airflow_ops_plugin.engine.settings import EngineSettings
from airflow_ops_plugin.operators.script import ScriptOperator

pytestmark = pytest.mark.xdist_group("airflow_with_agents")


@pytest.fixture
def ops_api(airflow_home: Any) -> Iterator[OpsApi]:
    """The API on a port, and an engine that pings often."""
    api = OpsApi()
    api.start()
    api.clear()
    often = timedelta(seconds=0.5)
    engine = EngineProcess(EngineSettings(interval=often, ping_interval=often, silence=timedelta(seconds=2)))
    running = threading.Thread(target=engine.run, daemon=True)
    running.start()
    yield api
    engine.stop()
    running.join(timeout=60)
    api.stop()


def test_a_script_whose_host_dies_runs_again_on_another_one_in_the_same_attempt(
    ops_api: OpsApi, docker_engines: dict[str, DockerEngine], run_dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__OPS__API_URL", ops_api.url)
    for name, engine in docker_engines.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "docker", "host": engine.url}))
        ops_api.register(name, skills={"first": 2 if name == "dock_a" else 1})

    def kill_once_it_runs() -> None:
        client = APIClient(base_url=docker_engines["dock_a"].url)
        deadline = time.monotonic() + 300
        while not client.containers(filters={"status": "running"}) and time.monotonic() < deadline:
            time.sleep(0.2)
        docker_engines["dock_a"].kill()

    killer = threading.Thread(target=kill_once_it_runs)
    with DAG("lost_host", schedule=None) as dag:
        agent = {"kind": "docker_host", "skills": {"first": 1}, "agents": ["dock_a", "dock_b"]}
        ScriptOperator(task_id="work", language="sh", script="sleep 5; echo done", agent=agent, memory="64m")
    killer.start()
    try:
        run = run_dag(dag)
    finally:
        killer.join()
        docker_engines["dock_a"].start()
    assert run.state == "success", run.errors
    assert run.errors == {}
    assert run.xcom("work")["output"] == "done\n"
    assert ops_api.ends() == [("dock_a", "agent_lost"), ("dock_b", "completed")]
