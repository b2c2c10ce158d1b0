"""Scripts on Docker hosts that are agents, in a whole running Airflow with two Docker engines."""

from __future__ import annotations

import os
import signal
from collections import Counter
from itertools import pairwise
from typing import Any

import psutil
import pytest
from agent_airflow import AgentAirflow
from docker_engines import DockerEngine

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("airflow_with_agents")]


def script(node_id: str, text: str, **agent: Any) -> dict[str, Any]:
    return {
        "id": node_id,
        "type": "script",
        "script": text,
        "agent": agent,
        "memory": "64m",
        "retries": 3,
        "retry_delay_seconds": 1,
    }


def template(dag_id: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    ids = [node["id"] for node in nodes]
    edges = [{"from": first, "to": second} for first, second in pairwise(ids)]
    return {"id": dag_id, "name": dag_id, "nodes": list(nodes), "edges": edges}


def host(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "docker_host", "address": name, "capacity": 2} | more


def test_a_script_waits_with_a_reason_until_an_agent_with_its_skill_is_registered(airflow: AgentAirflow) -> None:
    airflow.register(**host("dock_a", skills={"linux": 2}))
    dag_id, run_id = airflow.start_run(template("waits", script("work", "hostname", skills=["netops>=3"])))
    airflow.wait_for_task(dag_id, run_id, "work", "deferred", 120)
    (item,) = airflow.work(dag_id, run_id)
    assert item["state"] == "queued"
    assert "lack skill netops>=3" in item["reason"]
    airflow.register(**host("dock_b", skills={"netops": 3}))
    assert airflow.finish(dag_id, run_id, 180) == "success"
    (assignment,) = airflow.assignments(dag_id, run_id)
    assert (assignment["agent"]["name"], assignment["end_reason"]) == ("dock_b", "completed")
    assert airflow.agent("dock_b")["load"] == 0
    attempt = airflow.task(dag_id, run_id, "work")["try_number"]
    assert "dock_b" in airflow.log(dag_id, run_id, "work", attempt)


def test_a_killed_worker_process_gives_its_lease_back_and_the_retry_gets_one(airflow: AgentAirflow) -> None:
    airflow.register(**host("dock_a", capacity=1))
    dag_id, run_id = airflow.start_run(template("killed", script("work", "sleep 20; echo done")))
    airflow.wait_until(lambda: airflow.agent("dock_a")["load"] == 1, "the lease", 120)
    airflow.wait_until(lambda: "Running the script" in airflow.log(dag_id, run_id, "work"), "the container", 120)
    os.kill(_process_of(airflow, dag_id, run_id), signal.SIGKILL)
    assert airflow.finish(dag_id, run_id, 300) == "success"
    reasons = [one["end_reason"] for one in airflow.assignments(dag_id, run_id)]
    assert reasons[-1] == "completed"
    assert len(reasons) == 2
    assert airflow.agent("dock_a")["load"] == 0


def test_two_hosts_share_a_run_of_forty_tasks_by_their_weights(airflow: AgentAirflow) -> None:
    airflow.register(**host("dock_a", weight=3, capacity=6))
    airflow.register(**host("dock_b", weight=1, capacity=2))
    # Long enough that several run at once, however slowly processes start: weights tell among what runs.
    dag_id, run_id = airflow.start_run(forty("shared", seconds=10))
    assert airflow.finish(dag_id, run_id, 800) == "success"
    shares = Counter(one["agent"]["name"] for one in airflow.assignments(dag_id, run_id))
    assert shares.total() == 40
    assert 24 <= shares["dock_a"] <= 36, shares


def test_killing_one_host_in_the_middle_of_a_run_loses_nothing(
    airflow: AgentAirflow, docker_engines: dict[str, DockerEngine]
) -> None:
    airflow.register(**host("dock_a", capacity=2))
    airflow.register(**host("dock_b", capacity=2))
    dag_id, run_id = airflow.start_run(forty("survives", seconds=3, count=16))
    airflow.wait_until(
        lambda: [one for one in airflow.assignments(dag_id, run_id) if one["agent"]["name"] == "dock_b"][2:],
        "work on dock_b",
        300,
    )
    docker_engines["dock_b"].kill()
    try:
        assert airflow.finish(dag_id, run_id, 600) == "success"
        assert airflow.agent("dock_b")["status"] == "offline"
        done = {one["map_index"] for one in airflow.assignments(dag_id, run_id) if one["end_reason"] == "completed"}
        assert done == set(range(16))
    finally:
        docker_engines["dock_b"].start()


def test_a_host_that_stops_answering_goes_offline_with_an_event_and_queued_work_goes_elsewhere(
    airflow: AgentAirflow, docker_engines: dict[str, DockerEngine]
) -> None:
    airflow.register(**host("dock_a", capacity=1))
    dag_id, run_id = airflow.start_run(forty("frozen", seconds=1, count=3))
    airflow.wait_until(lambda: airflow.assignments(dag_id, run_id), "work on dock_a", 120)
    docker_engines["dock_a"].freeze()
    try:
        airflow.wait_until(lambda: airflow.agent("dock_a")["status"] == "offline", "dock_a offline", 120)
        (latest, *_) = airflow.ops("GET", "/agents/dock_a/events").json()["items"]
        assert (latest["actor"], latest["kind"]) == ("engine", "offline")
        assert "not answering" in latest["message"]
        airflow.register(**host("dock_b"))
        airflow.wait_until(
            lambda: [one for one in airflow.assignments(dag_id, run_id) if one["agent"]["name"] == "dock_b"],
            "queued work on dock_b",
            120,
        )
    finally:
        docker_engines["dock_a"].thaw()
    assert airflow.finish(dag_id, run_id, 300) == "success"
    airflow.wait_until(lambda: airflow.agent("dock_a")["status"] == "available", "dock_a back by itself", 120)


def forty(dag_id: str, seconds: float = 1, count: int = 40) -> dict[str, Any]:
    child = script("work", f"sleep {seconds}; echo $item", strategy="weighted")
    node = {
        "id": "all",
        "type": "parallel",
        "for_each": "[" + ", ".join(map(str, range(count))) + "]",
        "children": [child],
    }
    return template(dag_id, node)


def _process_of(airflow: AgentAirflow, dag_id: str, run_id: str) -> int:
    """Return the process that runs the only running task of a run."""
    rows = airflow.query(
        "select pid from task_instance where dag_id = ? and run_id = ? and state = 'running'", dag_id, run_id
    )
    supervisor = psutil.Process(int(rows[0][0]))
    children = supervisor.children(recursive=True)
    return children[-1].pid if children else supervisor.pid
