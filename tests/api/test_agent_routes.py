"""The register of agents over HTTP, with the rights of viewers, operators and administrators."""

from __future__ import annotations

from typing import Any

import pytest

ANN = {"name": "Ann", "kind": "person", "address": "ann", "skills": {"netops": 3}, "capacity": 2}


def test_an_administrator_registers_an_agent_and_a_viewer_sees_it(client: Any, as_user: Any) -> None:
    created = client.post("/v1/agents", json=ANN, headers=as_user("anna"))
    assert created.status_code == 201, created.text
    page = client.get("/v1/agents", headers=as_user("vera")).json()
    assert page["total"] == 1
    assert page["items"][0]["name"] == "Ann"
    assert page["items"][0]["is_assignable"]


@pytest.mark.parametrize("name", ["vera", "oleg"])
def test_only_an_administrator_registers_agents(client: Any, as_user: Any, name: str) -> None:
    assert client.post("/v1/agents", json=ANN, headers=as_user(name)).status_code == 403
    assert client.get("/v1/agents", headers=as_user(name)).json()["total"] == 0


def test_nobody_sees_anything_without_logging_in(client: Any) -> None:
    assert client.get("/v1/agents").status_code == 401


def test_an_operator_drains_an_agent_and_a_viewer_does_not(client: Any, as_user: Any) -> None:
    client.post("/v1/agents", json=ANN, headers=as_user("anna"))
    body = {"status": "draining", "reason": "holiday"}
    assert client.post("/v1/agents/Ann/status", json=body, headers=as_user("vera")).status_code == 403
    answer = client.post("/v1/agents/Ann/status", json=body, headers=as_user("oleg"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["hindrance"] == "draining"
    events = client.get("/v1/agents/Ann/events", headers=as_user("vera")).json()["items"]
    assert [event["kind"] for event in events] == ["draining", "registered"]


def test_the_summary_tells_what_the_caller_may_do(client: Any, as_user: Any) -> None:
    rights = {
        name: client.get("/ui/summary", headers=as_user(name)).json()["rights"] for name in ("vera", "oleg", "anna")
    }
    assert [(rights[n]["can_change"], rights[n]["can_configure"]) for n in ("vera", "oleg", "anna")] == [
        (False, False),
        (True, False),
        (True, True),
    ]
