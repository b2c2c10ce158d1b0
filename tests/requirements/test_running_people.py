"""People whom the queue asks, in a whole running Airflow: who may answer, whom it goes to next, what ends a request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from agent_airflow import AgentAirflow

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("airflow_with_agents")]


def manual(node_id: str, **agent: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "manual", "subject": "Go?", "agent": agent}


def template(dag_id: str, *nodes: dict[str, Any], edges: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {"id": dag_id, "name": dag_id, "nodes": list(nodes), "edges": list(edges)}


class Requests:
    """What a run asks people, and their answers through Airflow's own API.

    :param people: level of the skill ``approval`` by user; they are the agents of this run.
    """

    def __init__(self, airflow: AgentAirflow, described: dict[str, Any], people: dict[str, int]):
        self.airflow = airflow
        for user, level in people.items():
            airflow.register(name=f"{user} agent", kind="person", address=user, capacity=5, skills={"approval": level})
        self.dag_id, self.run_id = airflow.start_run(described)

    def wait_until_asked(self, task_id: str, *users: str) -> None:
        """Wait until ``users``, and nobody else, may answer."""
        self.airflow.wait_until(lambda: self._asked(task_id) == sorted(users), f"a request to {users}", 180)

    def answer(self, task_id: str, user: str, option: str = "Approve") -> int:
        """Answer as a user and return the HTTP status."""
        body = {"chosen_options": [option], "params_input": {}}
        return self.airflow.call("PATCH", f"{self._task(task_id)}/-1/hitlDetails", body, user=user).status_code

    def decline(self, task_id: str, user: str) -> int:
        """Decline as a user and return the HTTP status."""
        (item,) = [one for one in self.work() if one["task_id"] == task_id]
        return self.airflow.ops("POST", f"/work-items/{item['id']}/decline", {"reason": "away"}, user).status_code

    def work(self) -> list[dict[str, Any]]:
        """Return the open work items."""
        return [one for one in self.airflow.work(self.dag_id, self.run_id) if one["state"] != "closed"]

    def finish(self) -> str:
        """Wait for the end of the run and return its state."""
        return self.airflow.finish(self.dag_id, self.run_id, 180)

    def ends(self) -> list[tuple[str, str | None]]:
        """Return the agent of each assignment and why it ended, in order."""
        found = self.airflow.assignments(self.dag_id, self.run_id)
        return [(one["agent"]["name"].removesuffix(" agent"), one["end_reason"]) for one in found]

    def end_run(self) -> None:
        """Mark the run as failed, as a user of the UI can."""
        path = f"/dags/{self.dag_id}/dagRuns/{quote(self.run_id)}"
        assert self.airflow.call("PATCH", path, {"state": "failed"}).ok

    def clear(self, task_id: str) -> None:
        """Clear a task instance, as a user of the UI can."""
        body = {"dry_run": False, "dag_run_id": self.run_id, "task_ids": [task_id], "only_failed": False}
        answer = self.airflow.call("POST", f"/dags/{self.dag_id}/clearTaskInstances", body)
        assert answer.ok, answer.text

    def loads(self) -> dict[str, int]:
        """Return what each person holds."""
        rows = self.airflow.query("select address, load from ops_agent where kind = 'person' and removed_at is null")
        return dict(rows)

    def wait_until_nobody_holds_anything(self) -> None:
        """Wait until no person has a lease, and no work of the run is open."""
        self.airflow.wait_until(lambda: not any(self.loads().values()), "people without leases", 60)
        assert self.work() == []

    def _asked(self, task_id: str) -> list[str] | None:
        if self.airflow.call("GET", self._task(task_id)).json().get("state") != "awaiting_input":
            return None
        details = self.airflow.call("GET", f"{self._task(task_id)}/-1/hitlDetails")
        return sorted(user["id"] for user in details.json()["assigned_users"]) if details.ok else None

    def _task(self, task_id: str) -> str:
        return f"/dags/{self.dag_id}/dagRuns/{quote(self.run_id)}/taskInstances/{task_id}"


def test_four_eyes_hold_against_airflows_own_api_and_a_decline_goes_to_the_next(airflow: AgentAirflow) -> None:
    described = template(
        "four_eyes",
        manual("first", skills=["approval"], exclude=["requester"]),
        manual("second", skills=["approval"], exclude=["requester", "node:first"]),
        edges=({"from": "first", "to": "second"},),
    )
    run = Requests(airflow, described, {"admin": 5, "op": 3, "user": 1})
    run.wait_until_asked("first", "op")
    assert run.answer("first", "admin") == 403, "the administrator started the run"
    assert run.decline("first", "op") == 200
    run.wait_until_asked("first", "user")
    assert run.answer("first", "op") == 403, "who has declined is not asked any more"
    assert run.answer("first", "user") == 200
    run.wait_until_asked("second", "op")
    assert run.answer("second", "user") == 403, "this user has answered the first"
    assert run.answer("second", "admin") == 403
    assert run.answer("second", "op") == 200
    assert run.finish() == "success"
    assert run.ends() == [("op", "declined"), ("user", "completed"), ("op", "completed")]


def test_an_offer_that_nobody_answers_in_time_goes_to_the_next_person(airflow: AgentAirflow) -> None:
    described = template("unanswered", manual("ask", skills=["approval"], offer_timeout_seconds=6))
    run = Requests(airflow, described, {"op": 3, "user": 1})
    run.wait_until_asked("ask", "op")
    # Until it is this user's turn the answer is refused; where this offer runs out too, it comes round again.
    airflow.wait_until(lambda: run.answer("ask", "user") == 200, "the offer to the next", 120)
    assert run.finish() == "success"
    ends = run.ends()
    assert ends[0] == ("op", "unanswered")
    assert ends[-1] == ("user", "completed")


def test_two_of_three_who_agree_end_it_and_the_third_is_not_asked_any_more(airflow: AgentAirflow) -> None:
    described = template("two_of_three", manual("ask", quorum=2, of=3))
    run = Requests(airflow, described, {"admin": 1, "op": 1, "user": 1})
    run.wait_until_asked("ask", "admin", "op", "user")
    assert run.answer("ask", "op") == 200
    run.wait_until_asked("ask", "admin", "user")
    assert run.answer("ask", "op") == 403, "one person has one vote"
    assert run.answer("ask", "user") == 200
    assert run.finish() == "success"
    assert airflow.xcom(run.dag_id, run.run_id, "ask")["answers"] == {"op": "Approve", "user": "Approve"}
    assert sorted(run.ends()) == [("admin", "not_needed"), ("op", "completed"), ("user", "completed")]
    run.wait_until_nobody_holds_anything()


def test_clearing_a_task_returns_its_lease_and_it_asks_again(airflow: AgentAirflow) -> None:
    run = Requests(airflow, template("cleared", manual("ask")), {"op": 1})
    run.wait_until_asked("ask", "op")
    run.clear("ask")
    airflow.wait_until(lambda: len(run.ends()) == 2, "a second request", 120)
    run.wait_until_asked("ask", "op")
    assert run.loads()["op"] == 1
    assert run.answer("ask", "op") == 200
    assert run.finish() == "success"
    assert run.ends() == [("op", "task_ended"), ("op", "completed")]
    run.wait_until_nobody_holds_anything()


def test_a_run_that_is_failed_returns_what_it_held(airflow: AgentAirflow) -> None:
    run = Requests(airflow, template("failed_run", manual("ask")), {"op": 1})
    run.wait_until_asked("ask", "op")
    assert run.loads()["op"] == 1
    run.end_run()
    run.wait_until_nobody_holds_anything()
    assert run.ends() == [("op", "task_ended")]
