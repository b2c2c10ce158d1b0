"""Requests to people that the queue chooses: who may answer, decline, quorum. The API server is Airflow's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from airflow.sdk import DAG
from ops_api import OpsApi

from airflow_ops_plugin.operators.manual import ManualOperator

T = TypeVar("T")

pytestmark = pytest.mark.timeout(600)


class People:
    """What people do while a run waits for them.

    :param dag_id: of the Dag whose task ``ask`` waits.
    """

    def __init__(self, api: OpsApi, dag_id: str) -> None:
        self._api = api
        self._dag_id = dag_id

    def run_id(self) -> str:
        """Return the id of the only run."""
        runs = self._api.call("GET", f"/api/v2/dags/{self._dag_id}/dagRuns", user="admin").json()["dag_runs"]
        return str(runs[0]["dag_run_id"])

    def answer(self, user: str, option: str = "Approve") -> int:
        """Answer as a user and return the HTTP status."""
        body = {"chosen_options": [option], "params_input": {}}
        return self._api.call("PATCH", self._path(), body, user=user).status_code

    def wait_until_asked(self, *users: str) -> None:
        """Wait until ``users`` are the only ones who may answer."""
        self._wait_until(lambda: self._asked() == sorted(users), f"a request to {users}")

    def work_item(self) -> dict[str, Any]:
        """Return the only open work item."""

        def found() -> dict[str, Any] | None:
            items = self._api.call("GET", f"/ops/v1/work-items?dag_id={self._dag_id}", user="admin").json()["items"]
            return items[0] if items else None

        return self._wait_until(found, "a work item")

    def decline(self, user: str) -> int:
        """Decline as a user and return the HTTP status."""
        path = f"/ops/v1/work-items/{self.work_item()['id']}/decline"
        return self._api.call("POST", path, {"reason": "on holiday"}, user=user).status_code

    def _asked(self) -> list[str] | None:
        state = self._api.call("GET", self._path().rpartition("/-1/")[0], user="admin").json().get("state")
        answer = self._api.call("GET", self._path(), user="admin")
        if state != "awaiting_input" or not answer.ok or answer.json()["response_received"]:
            return None
        return sorted(user["id"] for user in answer.json()["assigned_users"])

    def _path(self) -> str:
        return f"/api/v2/dags/{self._dag_id}/dagRuns/{self.run_id()}/taskInstances/ask/-1/hitlDetails"

    def _wait_until(self, found: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                if value := found():
                    return value
            except (KeyError, IndexError):
                pass  # the run is not there yet
            time.sleep(0.3)
        raise AssertionError(f"no {what}")


@pytest.fixture(scope="module")
def server(airflow_home: Any) -> Iterator[OpsApi]:
    """Airflow's API server with the plugin."""
    api = OpsApi(is_whole=True)
    api.start()
    yield api
    api.stop()


@pytest.fixture
def ask(server: OpsApi, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that runs a Dag whose only task asks, while ``play`` says what people do; returns the ended run."""
    server.clear()
    monkeypatch.setenv("AIRFLOW__OPS__API_URL", server.url)

    def run(dag_id: str, play: Callable[[People], None], **agent: Any) -> Any:
        problems: list[BaseException] = []

        def perform() -> None:
            try:
                play(People(server, dag_id))
            except BaseException as problem:
                problems.append(problem)
                _fail_task(dag_id)

        with DAG(dag_id, schedule=None) as dag:
            ManualOperator(task_id="ask", subject="Go?", agent={"kind": "person", **agent})
        performing = threading.Thread(target=perform)
        performing.start()
        ended = run_dag(dag)
        performing.join(timeout=300)
        if problems:
            raise problems[0]
        return ended

    return run


def person(server: OpsApi, name: str, **facts: Any) -> None:
    server.register(f"{name} agent", kind="person", address=name, capacity=5, **facts)


def test_only_the_chosen_person_may_answer_and_a_decline_goes_to_the_next(server: OpsApi, ask: Any) -> None:
    def play(people: People) -> None:
        people.wait_until_asked("anna")
        assert people.answer("bert") == 403
        person(server, "bert", skills={"approval": 2})
        assert people.decline("anna") == 200
        people.wait_until_asked("bert")
        assert people.answer("anna") == 403
        assert people.answer("bert") == 200

    person(server, "anna", skills={"approval": 3})
    run = ask("one_person", play, skills={"approval": 2})
    assert run.state == "success", run.errors
    assert run.xcom("ask")["user"]["id"] == "bert"
    assert server.ends() == [("anna agent", "declined"), ("bert agent", "completed")]


def test_a_request_without_anybody_says_why_and_is_answerable_by_nobody(server: OpsApi, ask: Any) -> None:
    def play(people: People) -> None:
        people.wait_until_asked("ops:nobody")
        assert people.answer("anna") == 403
        assert "not in dba" in people.work_item()["reason"]
        person(server, "bert", labels=["dba"])
        people.wait_until_asked("bert")
        assert people.answer("bert") == 200

    person(server, "anna")
    assert ask("nobody_yet", play, groups=["dba"]).state == "success"


def test_two_of_three_approve_each_with_one_answer(server: OpsApi, ask: Any) -> None:
    def play(people: People) -> None:
        people.wait_until_asked("anna", "bert", "carl")
        assert people.answer("anna") == 200
        people.wait_until_asked("bert", "carl")
        assert people.answer("anna") == 403
        assert people.answer("bert", "Reject") == 200
        people.wait_until_asked("carl")
        assert people.answer("carl") == 200

    for name in ("anna", "bert", "carl"):
        person(server, name)
    run = ask("quorum", play, quorum=2, seats=3, refusals=["Reject"])
    assert run.state == "success", run.errors
    assert run.xcom("ask")["choice"] == "Approve"
    assert run.xcom("ask")["answers"] == {"anna": "Approve", "bert": "Reject", "carl": "Approve"}


def test_two_refusals_of_three_end_it_before_the_third_answers(server: OpsApi, ask: Any) -> None:
    def play(people: People) -> None:
        people.wait_until_asked("anna", "bert", "carl")
        assert people.answer("anna", "Reject") == 200
        people.wait_until_asked("bert", "carl")
        assert people.answer("bert", "Reject") == 200

    for name in ("anna", "bert", "carl"):
        person(server, name)
    run = ask("refused", play, quorum=2, seats=3, refusals=["Reject"])
    assert run.xcom("ask")["choice"] == "Reject"
    assert sorted(reason or "" for _, reason in server.ends()) == ["completed", "completed", "not_needed"]
    assert set(server.loads().values()) == {0}


def _fail_task(dag_id: str) -> None:
    """End a run whose people do not do what it waits for."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow_runs import change_task
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        run_ids = list(session.scalars(select(DagRun.run_id).where(DagRun.dag_id == dag_id)))
    for run_id in run_ids:
        change_task(dag_id, "ask", run_id=run_id, state="failed", end_date=datetime.now(UTC))
