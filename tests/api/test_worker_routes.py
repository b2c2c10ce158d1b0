"""What a task does over HTTP: prove who it is, ask for an agent, give it back."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from airflow_runs import change_task, put_run, task_state, write_state

PROOF = "p" * 40
HOST = {"name": "dock", "kind": "docker_host", "address": "dock"}


@pytest.fixture
def task(client: Any) -> dict[str, Any]:
    """A running task instance ``d/r/t``, and its body for a token."""
    put_run("d", ["t", "other"])
    write_state("d", "t", "ops_proof", hashlib.sha256(PROOF.encode()).hexdigest())
    return {"dag_id": "d", "run_id": "r", "task_id": "t", "proof": PROOF}


@pytest.fixture
def token(client: Any, task: dict[str, Any]) -> dict[str, str]:
    """The headers of the task's token."""
    answer = client.post("/worker/token", json=task)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_task_that_knows_what_its_state_proves_gets_a_token(client: Any, token: dict[str, str]) -> None:
    answer = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "queued"
    assert answer.json()["reason"] == "no agent of this kind is registered"
    assert answer.json()["requester"] == "rita"


@pytest.mark.parametrize(
    "change", [{"proof": "q" * 40}, {"task_id": "other"}, {"run_id": "other"}, {"map_index": 3}], ids=str
)
def test_a_wrong_proof_gives_no_token(client: Any, task: dict[str, Any], change: dict[str, Any]) -> None:
    assert client.post("/worker/token", json=task | change).status_code == 401


def test_a_task_that_does_not_run_gets_no_token(client: Any, task: dict[str, Any]) -> None:
    change_task("d", "t", state="success")
    assert client.post("/worker/token", json=task).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}], ids=["none", "forged"])
def test_without_a_token_nothing_can_be_asked(client: Any, headers: dict[str, str]) -> None:
    answer = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=headers)
    assert answer.status_code == 401


def test_the_token_of_a_user_is_not_one_of_a_task(client: Any, as_user: Any) -> None:
    answer = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=as_user("anna"))
    assert answer.status_code == 401


def test_the_token_of_an_attempt_that_is_over_is_refused(client: Any, token: dict[str, str]) -> None:
    from uuid import uuid4

    change_task("d", "t", id=uuid4())
    answer = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=token)
    assert answer.status_code == 401


def test_asking_twice_and_finishing_twice_is_harmless(client: Any, as_user: Any, token: dict[str, str]) -> None:
    client.post("/v1/agents", json=HOST, headers=as_user("anna"))
    first, second = (
        client.post("/worker/work-items", json={"kind": "docker_host"}, headers=token).json() for _ in range(2)
    )
    assert first["id"] == second["id"]
    assert [one["agent"]["name"] for one in second["assignments"]] == ["dock"]
    path = f"/worker/work-items/{first['id']}/finish"
    for _ in range(2):
        answer = client.post(path, json={"outcome": "done"}, headers=token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "closed"
    assert client.get("/v1/agents/dock", headers=as_user("vera")).json()["load"] == 0


def test_a_wait_ends_when_an_agent_comes(client: Any, as_user: Any, token: dict[str, str]) -> None:
    item = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=token).json()
    body = {"ids": [item["id"]], "timeout_seconds": 0}
    waiting = client.post("/worker/waits", json=body, headers=token)
    assert waiting.json() == {"ready": [], "unknown": []}
    assert waiting.headers["Refreshed-Ops-Token"]
    client.post("/v1/agents", json=HOST, headers=as_user("anna"))
    ready = client.post("/worker/waits", json=body, headers=token).json()["ready"]
    assert [one["assignments"][0]["agent"]["address"] for one in ready] == ["dock"]


def wait_in_airflow(task_id: str, method: str) -> None:
    """Make a task instance wait, as its process does when it has asked and there is no agent."""
    change_task("d", task_id, state="deferred", next_method=method, next_kwargs={})


@pytest.mark.parametrize(
    ("method", "state"), [("resume_with_agent", "scheduled"), ("execute_complete", "deferred")], ids=str
)
def test_who_finishes_wakes_who_waited_for_its_agent_and_nobody_else(
    client: Any, as_user: Any, token: dict[str, str], method: str, state: str
) -> None:
    client.post("/v1/agents", json=HOST, headers=as_user("anna"))
    held = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=token).json()
    write_state("d", "other", "ops_proof", hashlib.sha256(PROOF.encode()).hexdigest())
    other = {"dag_id": "d", "run_id": "r", "task_id": "other", "proof": PROOF}
    other_token = {"Authorization": f"Bearer {client.post('/worker/token', json=other).json()['access_token']}"}
    queued = client.post("/worker/work-items", json={"kind": "docker_host"}, headers=other_token).json()
    assert queued["state"] == "queued"
    wait_in_airflow("other", method)
    answer = client.post(f"/worker/work-items/{held['id']}/finish", json={}, headers=token)
    assert answer.status_code == 200, answer.text
    assert task_state("d", "other") == state
