"""Requests to people that the queue chooses, in a whole running Airflow."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from agent_airflow import AgentAirflow

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("airflow_with_agents")]


def ask(dag_id: str, **agent: Any) -> dict[str, Any]:
    """Return a template that asks, and says whether it was approved."""
    node = {"id": "ask", "type": "manual", "subject": "Go?", "agent": agent}
    done = {"id": "done", "type": "task"}
    return {"id": dag_id, "name": dag_id, "nodes": [node, done], "edges": [{"from": "ask", "to": "done"}]}


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"name": f"{name}-agent", "kind": "person", "address": name, "capacity": 5} | more


def answer(airflow: AgentAirflow, dag_id: str, run_id: str, user: str, option: str = "Approve") -> requests.Response:
    path = f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id)}/taskInstances/ask/-1/hitlDetails"
    return airflow.call("PATCH", path, {"chosen_options": [option], "params_input": {}}, user=user)


def assignees(airflow: AgentAirflow, dag_id: str, run_id: str) -> list[str]:
    path = f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id)}/taskInstances/ask/-1/hitlDetails"
    found = airflow.call("GET", path)
    assert found.ok, found.text
    return sorted(user["id"] for user in found.json()["assigned_users"])


def wait_for_assignees(airflow: AgentAirflow, dag_id: str, run_id: str, *expected: str) -> None:
    airflow.wait_for_task(dag_id, run_id, "ask", "awaiting_input", 120)
    airflow.wait_until(
        lambda: assignees(airflow, dag_id, run_id) == sorted(expected), f"the request for {expected}", 60
    )


def test_only_the_chosen_person_may_answer_and_a_decline_goes_to_the_next(airflow: AgentAirflow) -> None:
    airflow.register(**person("op", skills={"approval": 3}))
    dag_id, run_id = airflow.start_run(ask("one_person", skills=["approval>=2"]))
    wait_for_assignees(airflow, dag_id, run_id, "op")
    for other in ("admin", "user"):
        assert answer(airflow, dag_id, run_id, other).status_code == 403
    airflow.register(**person("user", skills={"approval": 2}))
    (item,) = airflow.work(dag_id, run_id)
    declined = airflow.ops("POST", f"/work-items/{item['id']}/decline", {"reason": "on holiday"}, user="op")
    assert declined.ok, declined.text
    wait_for_assignees(airflow, dag_id, run_id, "user")
    assert answer(airflow, dag_id, run_id, "op").status_code == 403
    assert answer(airflow, dag_id, run_id, "user").ok
    assert airflow.finish(dag_id, run_id, 180) == "success"
    assert airflow.xcom(dag_id, run_id, "ask")["user"]["id"] == "user"
    reasons = [one["end_reason"] for one in airflow.assignments(dag_id, run_id)]
    assert reasons == ["declined", "completed"]


def test_a_request_without_anybody_waits_and_is_answerable_by_nobody(airflow: AgentAirflow) -> None:
    airflow.register(**person("op"))
    dag_id, run_id = airflow.start_run(ask("nobody_yet", groups=["dba"]))
    airflow.wait_for_task(dag_id, run_id, "ask", "awaiting_input", 120)
    assert answer(airflow, dag_id, run_id, "op").status_code == 403
    (item,) = airflow.work(dag_id, run_id)
    assert "not in dba" in item["reason"]
    airflow.register(**person("op", labels=["dba"]))
    wait_for_assignees(airflow, dag_id, run_id, "op")
    assert answer(airflow, dag_id, run_id, "op").ok
    assert airflow.finish(dag_id, run_id, 180) == "success"


def test_whoever_started_the_run_may_not_approve_it(airflow: AgentAirflow) -> None:
    airflow.register(**person("admin"))
    dag_id, run_id = airflow.start_run(ask("four_eyes", exclude=["requester"]))
    airflow.wait_for_task(dag_id, run_id, "ask", "awaiting_input", 120)
    (item,) = airflow.work(dag_id, run_id)
    assert "asked for it themselves" in item["reason"]
    airflow.register(**person("op"))
    wait_for_assignees(airflow, dag_id, run_id, "op")
    assert answer(airflow, dag_id, run_id, "op").ok
    assert airflow.finish(dag_id, run_id, 180) == "success"


def test_two_of_three_approve(airflow: AgentAirflow) -> None:
    for name in ("admin", "op", "user"):
        airflow.register(**person(name))
    dag_id, run_id = airflow.start_run(ask("quorum", quorum=2, of=3))
    wait_for_assignees(airflow, dag_id, run_id, "admin", "op", "user")
    assert answer(airflow, dag_id, run_id, "op").ok
    wait_for_assignees(airflow, dag_id, run_id, "admin", "user")
    assert answer(airflow, dag_id, run_id, "op").status_code == 403
    assert answer(airflow, dag_id, run_id, "user", "Reject").ok
    wait_for_assignees(airflow, dag_id, run_id, "admin")
    assert answer(airflow, dag_id, run_id, "admin").ok
    assert airflow.finish(dag_id, run_id, 180) == "success"
    result = airflow.xcom(dag_id, run_id, "ask")
    assert result["choice"] == "Approve"
    assert result["answers"] == {"op": "Approve", "user": "Reject", "admin": "Approve"}
    assert airflow.task(dag_id, run_id, "done")["state"] == "success"


def test_an_unanswered_offer_goes_to_the_next(airflow: AgentAirflow) -> None:
    airflow.register(**person("op", skills={"approval": 5}))
    dag_id, run_id = airflow.start_run(ask("unanswered", skills=["approval"], offer_timeout_seconds=20))
    wait_for_assignees(airflow, dag_id, run_id, "op")
    airflow.register(**person("user", skills={"approval": 1}))
    wait_for_assignees(airflow, dag_id, run_id, "user")
    assert answer(airflow, dag_id, run_id, "user").ok
    assert airflow.finish(dag_id, run_id, 180) == "success"
