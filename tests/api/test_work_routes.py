"""The queue and the assignments over HTTP: who may see and change what, and what the audit log keeps."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from airflow_runs import put_run

TASKS = ("t", "second", "third")


@pytest.fixture
def ask(client: Any, ops_app: Any) -> Any:
    """A function that asks for a person for a task of ``d/r`` and returns the id of the work item."""
    from airflow_ops_plugin.api.worker_token import TaskIdentity, issue_token
    from airflow_ops_plugin.assignment.work import WorkKey

    ti_ids = put_run("d", TASKS)

    def ask(task_id: str, **facts: Any) -> str:
        key = WorkKey(dag_id="d", run_id="r", task_id=task_id)
        token = issue_token(TaskIdentity(key=key, ti_id=ti_ids[task_id]))
        body = {"kind": "person", **facts}
        answer = client.post("/worker/work-items", json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return ask


@pytest.fixture
def people(client: Any, as_user: Any) -> None:
    """Two people: oleg, who is an operator, and vera, who is a viewer."""
    for name in ("oleg", "vera"):
        body = {"name": name.title(), "kind": "person", "address": name}
        assert client.post("/v1/agents", json=body, headers=as_user("anna")).status_code == 201


def test_the_queue_is_shown_in_order_with_the_reason_why_each_waits(client: Any, as_user: Any, ask: Any) -> None:
    for task_id, priority in (("t", 3), ("second", 7), ("third", 5)):
        ask(task_id, priority=priority, skills={"netops": 3})
    page = client.get("/v1/work-items", params={"state": "queued", "limit": 2}, headers=as_user("vera")).json()
    assert page["total"] == 3
    assert [(one["task_id"], one["position"]) for one in page["items"]] == [("second", 1), ("third", 2)]
    assert page["items"][0]["reason"] == "no agent of this kind is registered"


@pytest.mark.parametrize(
    ("action", "body"),
    [("reassign", {"agent": "Vera"}), ("release", {}), ("priority", {"priority": 9})],
    ids=["reassign", "release", "priority"],
)
@pytest.mark.usefixtures("people")
def test_a_viewer_changes_nothing_and_what_an_operator_changes_is_in_the_audit_log(
    client: Any, as_user: Any, ask: Any, action: str, body: dict[str, Any]
) -> None:
    item_id = ask("t", preferred_agent="Oleg")
    path = f"/v1/work-items/{item_id}/{action}"
    assert client.post(path, json=body, headers=as_user("vera")).status_code == 403
    answer = client.post(path, json=body, headers=as_user("oleg"))
    assert answer.status_code == 200, answer.text
    entry = _last_log(f"ops_work_{action}")
    assert entry.owner == "oleg"
    assert json.loads(entry.extra).items() >= {"item_id": item_id, **body}.items()


@pytest.mark.usefixtures("people")
def test_a_person_declines_their_own_work_and_nobody_elses(client: Any, as_user: Any, ask: Any) -> None:
    item_id = ask("t", preferred_agent="Oleg")
    path = f"/v1/work-items/{item_id}/decline"
    assert client.post(path, json={}, headers=as_user("vera")).status_code == 403
    answer = client.post(path, json={"reason": "busy"}, headers=as_user("oleg"))
    assert [one["agent"]["name"] for one in answer.json()["assignments"]] == ["Vera"]
    answer = client.post(path, json={}, headers=as_user("vera"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["reason"] == "0 of 2 eligible: 2 declined"
    assert [one["end_reason"] for one in answer.json()["history"]] == ["declined", "declined"]


@pytest.mark.usefixtures("people")
def test_a_refusal_tells_why_and_changes_nothing(client: Any, as_user: Any, ask: Any) -> None:
    item_id = ask("t", preferred_agent="Oleg")
    answer = client.post(f"/v1/work-items/{item_id}/reassign", json={"agent": "Nobody"}, headers=as_user("oleg"))
    assert answer.status_code == 409
    assert answer.json() == {"detail": "there is no agent 'Nobody'", "error": "NoRoomError"}
    item = client.get(f"/v1/work-items/{item_id}", headers=as_user("oleg")).json()
    assert [one["agent"]["name"] for one in item["assignments"]] == ["Oleg"]
    assert client.get("/v1/agents/Oleg", headers=as_user("oleg")).json()["load"] == 1


@pytest.mark.usefixtures("people")
def test_assignments_are_found_by_agent_and_by_being_active(client: Any, as_user: Any, ask: Any) -> None:
    item_id = ask("t", preferred_agent="Oleg")
    client.post(f"/v1/work-items/{item_id}/reassign", json={"agent": "Vera"}, headers=as_user("oleg"))

    def names(**search: Any) -> list[str]:
        page = client.get("/v1/assignments", params=search, headers=as_user("vera")).json()
        return [one["agent"]["name"] for one in page["items"]]

    assert names() == ["Vera", "Oleg"]
    assert names(is_active=True) == ["Vera"]
    assert names(agent="Oleg", end_reason="reassigned") == ["Oleg"]
    assert names(q="nothing like it") == []


@pytest.mark.usefixtures("people")
def test_a_run_shows_who_does_what_in_it(client: Any, as_user: Any, ask: Any) -> None:
    ask("t", preferred_agent="Oleg")
    page = client.get("/ui/dags/d/runs/r/work-items", headers=as_user("vera")).json()
    assert [(one["task_id"], one["assignments"][0]["agent"]["name"]) for one in page["items"]] == [("t", "Oleg")]
    assert client.get("/ui/dags/d/runs/r/work-items").status_code == 401


def test_the_version_of_the_summary_is_new_after_each_change(client: Any, as_user: Any, ask: Any) -> None:
    def version() -> str:
        return str(client.get("/ui/summary", headers=as_user("vera")).json()["version"])

    seen = [version(), version()]
    item_id = ask("t")
    seen.append(version())
    client.post(f"/v1/work-items/{item_id}/priority", json={"priority": 9}, headers=as_user("oleg"))
    seen.append(version())
    body = {"name": "Oleg", "kind": "person", "address": "oleg"}
    client.post("/v1/agents", json=body, headers=as_user("anna"))
    seen.append(version())
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


def test_the_summary_says_that_no_engine_runs_and_what_to_do(client: Any, as_user: Any) -> None:
    engine = client.get("/ui/summary", headers=as_user("vera")).json()["engine"]
    assert not engine["is_alive"]
    assert engine["message"].endswith("Start it with: airflow ops engine")


def test_what_does_not_exist_is_404(client: Any, as_user: Any) -> None:
    for path in (f"/v1/work-items/{uuid4()}", "/v1/agents/nobody"):
        assert client.get(path, headers=as_user("vera")).status_code == 404


def test_the_strategies_are_listed_with_what_they_do(client: Any, as_user: Any) -> None:
    found = {one["name"]: one for one in client.get("/v1/strategies", headers=as_user("vera")).json()}
    assert set(found) >= {"skill_weighted", "round_robin", "least_connections", "weighted"}
    assert found["skill_weighted"]["is_default"]
    assert found["round_robin"]["description"].startswith("In turn")


def _last_log(event: str) -> Any:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        return session.scalars(select(Log).where(Log.event == event).order_by(Log.id.desc())).first()
