"""The manual operator: people answer through the REST API of a running Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from running_airflow import RunningAirflow

DAG_SOURCE = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow_ops_plugin.operators.manual import ManualOperator

with DAG({dag_id!r}, schedule=None, params={params!r}):
    ask = ManualOperator(task_id="ask", **{arguments!r})
    ask >> [EmptyOperator(task_id=name) for name in ("deploy", "announce", "undo")]
"""

BRANCHES = {"Approve": ["deploy", "announce"], "Reject": ["undo"], "Later": []}
FORM = [
    {"name": "host", "title": "Host", "required": True, "default": "${host}"},
    {"name": "count", "type": "integer", "required": True},
    {"name": "ratio", "type": "number", "default": 0.5},
    {"name": "force", "type": "boolean", "default": False},
    {"name": "day", "type": "date"},
    {"name": "moment", "type": "date-time"},
    {"name": "zone", "type": "enum", "options": ["eu", "us"], "default": "eu"},
    {"name": "remark", "type": "text", "description": "Why?"},
]
ENTERED = {
    "host": "web1",
    "count": 3,
    "ratio": 0.25,
    "force": True,
    "day": "2030-01-31",
    "moment": "2030-01-31T10:00:00Z",
    "zone": "us",
    "remark": "two\nlines",
}


class Request:
    """A run of a Dag whose task ``ask`` waits for an answer."""

    def __init__(self, airflow: RunningAirflow, dag_id: str, conf: dict[str, Any] | None = None) -> None:
        self.airflow, self.dag_id = airflow, dag_id
        self.run_id = airflow.trigger(dag_id, conf)

    def details(self) -> dict[str, Any]:
        """Return what the person is asked, as soon as the task waits."""
        self.airflow.wait_for_task(self.dag_id, self.run_id, "ask", "awaiting_input")
        return dict(self.airflow.call("GET", self._path()).json())

    def answer(self, *options: str, user: str = "admin", form: dict[str, Any] | None = None) -> int:
        """Answer and return the HTTP status."""
        self.details()
        return self.answer_now(*options, user=user, form=form)

    def answer_now(self, *options: str, user: str = "admin", form: dict[str, Any] | None = None) -> int:
        """Answer without waiting for the question, and return the HTTP status."""
        body = {"chosen_options": list(options), "params_input": form or {}}
        return self.airflow.call("PATCH", self._path(), body, user).status_code

    def finish(self) -> str:
        """Return the state in which the run ends."""
        return self.airflow.finish(self.dag_id, self.run_id)

    def result(self, key: str = "return_value") -> Any:
        """Return what the task published."""
        return self.airflow.xcom(self.dag_id, self.run_id, "ask", key)

    def states(self) -> dict[str, str]:
        """Return the state of every task."""
        return self.airflow.states(self.dag_id, self.run_id)

    def log(self) -> str:
        """Return the task's log."""
        return self.airflow.log(self.dag_id, self.run_id, "ask")

    def _path(self) -> str:
        return f"/dags/{self.dag_id}/dagRuns/{quote(self.run_id)}/taskInstances/ask/-1/hitlDetails"


@pytest.fixture(scope="module")
def gate(running_airflow: RunningAirflow) -> str:
    """A Dag with branches for three answers, open to everybody who may answer."""
    arguments = {
        "subject": "Deploy to ${host}?",
        "body": "Host: **${host}** {{ ds }}",
        "options": ["Approve", "Reject", "Later"],
        "branches": BRANCHES,
        "candidate_groups": ["ops", "${group}"],
        "outputs": {"answer": "choice", "by": "user.id"},
        "variables": {"host": [], "group": []},
    }
    return _add(running_airflow, "gate", {"host": "web1", "group": "network"}, arguments)


@pytest.fixture(scope="module")
def form(running_airflow: RunningAirflow) -> str:
    """A Dag that asks for a field of every type."""
    arguments = {"subject": "Fill in", "options": ["OK"], "form": FORM, "variables": {"host": []}}
    return _add(running_airflow, "form", {"host": "web0"}, arguments)


def _add(airflow: RunningAirflow, dag_id: str, params: dict[str, Any], arguments: dict[str, Any]) -> str:
    airflow.add_dag(dag_id, DAG_SOURCE.format(dag_id=dag_id, params=params, arguments=arguments))
    return dag_id


def _tasks(**states: str) -> dict[str, str]:
    return {"ask": "success", "deploy": "skipped", "announce": "skipped", "undo": "skipped"} | states


def test_the_request_shows_subject_body_and_groups_with_variables_filled_in(
    running_airflow: RunningAirflow, gate: str
) -> None:
    request = Request(running_airflow, gate, {"host": "db7"})
    details = request.details()
    assert details["subject"] == "Deploy to db7?"
    assert details["body"] == "Host: **db7** {{ ds }}\n\n**Candidate groups:** ops, network"
    assert details["options"] == ["Approve", "Reject", "Later"]
    assert details["defaults"] is None
    assert request.answer("Later") == 200


def test_an_approval_follows_its_branch_and_records_who_answered_when(
    running_airflow: RunningAirflow, gate: str
) -> None:
    request = Request(running_airflow, gate)
    assert request.answer("Approve") == 200
    assert request.finish() == "success"
    assert request.states() == _tasks(deploy="success", announce="success")
    result = request.result()
    assert result.pop("answered_at").endswith("+00:00")
    assert result == {"choice": "Approve", "choices": ["Approve"], "form": {}, "user": {"id": "admin", "name": "admin"}}
    assert request.result("variables") == {"answer": "Approve", "by": "admin"}


def test_a_rejection_is_an_outcome_and_what_it_skipped_stays_skipped_when_cleared(
    running_airflow: RunningAirflow, gate: str
) -> None:
    request = Request(running_airflow, gate)
    assert request.answer("Reject", user="op") == 200
    assert request.finish() == "success"
    assert request.states() == _tasks(undo="success")
    assert request.result()["choice"] == "Reject"
    body = {"dag_run_id": request.run_id, "task_ids": ["deploy", "undo"], "dry_run": False, "only_failed": False}
    assert running_airflow.call("POST", f"/dags/{gate}/clearTaskInstances", body).ok
    assert request.finish() == "success"
    assert request.states() == _tasks(undo="success")


def test_an_option_with_an_empty_branch_ends_everything_after_it(running_airflow: RunningAirflow, gate: str) -> None:
    request = Request(running_airflow, gate)
    request.answer("Later")
    assert request.finish() == "success"
    assert request.states() == _tasks()


def test_without_branches_every_answer_goes_on_and_several_may_be_chosen(running_airflow: RunningAirflow) -> None:
    dag_id = _add(running_airflow, "several", {}, {"subject": "Which?", "options": ["a", "b", "c"], "multiple": True})
    request = Request(running_airflow, dag_id)
    assert request.answer("b", "c") == 200
    assert request.finish() == "success"
    assert set(request.states().values()) == {"success"}
    assert (request.result()["choice"], request.result()["choices"]) == ("b", ["b", "c"])


def test_a_second_answer_an_unknown_option_and_a_reader_are_turned_away(
    running_airflow: RunningAirflow, gate: str
) -> None:
    request = Request(running_airflow, gate)
    assert request.answer("Perhaps") == 400
    assert request.answer("Approve", "Reject") == 400
    assert request.answer("Approve", user="viewer") == 403
    assert request.answer("Later") == 200
    assert request.answer_now("Approve") == 409
    assert request.finish() == "success"
    assert request.result()["choice"] == "Later"


def test_only_assignees_may_answer_and_they_may_come_from_a_variable(running_airflow: RunningAirflow) -> None:
    arguments = {"subject": "Yours?", "assignees": ["${team}"], "variables": {"team": []}}
    dag_id = _add(running_airflow, "assigned", {"team": "op, user"}, arguments)
    request = Request(running_airflow, dag_id)
    assert [user["id"] for user in request.details()["assigned_users"]] == ["op", "user"]
    assert request.answer("Approve", user="admin") == 403
    assert request.answer("Approve", user="op") == 200
    assert request.finish() == "success"
    assert request.result()["user"]["id"] == "op"

    nobody = Request(running_airflow, dag_id, {"team": " , "})
    assert nobody.finish() == "failed"
    assert "the assignees are given but name nobody" in nobody.log()


def test_the_form_is_shown_with_its_types_and_its_values_become_the_result(
    running_airflow: RunningAirflow, form: str
) -> None:
    request = Request(running_airflow, form)
    shown = request.details()["params"]
    assert {name: field["schema"]["type"] for name, field in shown.items()} == {
        "host": "string",
        "count": "integer",
        "ratio": ["number", "null"],
        "force": ["boolean", "null"],
        "day": ["string", "null"],
        "moment": ["string", "null"],
        "zone": ["string", "null"],
        "remark": ["string", "null"],
    }
    assert (shown["host"]["value"], shown["host"]["schema"]["title"]) == ("web0", "Host")
    assert shown["zone"]["schema"]["enum"][:2] == ["eu", "us"]
    assert shown["remark"]["description"] == "Why?"
    assert request.answer("OK", form=ENTERED) == 200
    assert request.finish() == "success"
    assert request.result()["form"] == ENTERED


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"count": "3"}, "the form field 'count' has a value that does not fit"),
        ({"count": None}, "the form field 'count' must be filled in"),
        ({"host": ""}, "the form field 'host' has a value that does not fit"),
        ({"zone": "mars"}, "the form field 'zone' has a value that does not fit"),
        ({"day": "31.1.2030"}, "the form field 'day' has a value that does not fit"),
        ({"other": 1}, "the form has no field other"),
    ],
)
def test_what_does_not_fit_the_form_is_refused(changed: dict[str, Any], problem: str) -> None:
    from airflow_ops_plugin.operators.form import FormInputError, checked_input

    fields = [{**field, "default": "web0"} if field["name"] == "host" else field for field in FORM]
    assert checked_input(fields, ENTERED) == ENTERED
    with pytest.raises(FormInputError, match=problem):
        checked_input(fields, ENTERED | changed)


def test_fields_that_were_left_out_have_their_defaults() -> None:
    from airflow_ops_plugin.operators.form import checked_input

    entered = checked_input([field for field in FORM if field["name"] != "host"], {"count": 1, "remark": ""})
    assert entered == {
        "count": 1,
        "ratio": 0.5,
        "force": False,
        "day": None,
        "moment": None,
        "zone": "eu",
        "remark": None,
    }


def test_an_answer_that_does_not_fit_the_form_fails_the_task(running_airflow: RunningAirflow, form: str) -> None:
    request = Request(running_airflow, form)
    assert request.answer("OK", form=ENTERED | {"count": "many"}) == 200
    assert request.finish() == "failed"
    assert "the form field 'count' has a value that does not fit" in request.log()
    assert request.result() is None


def test_no_answer_in_time_fails_and_says_so(running_airflow: RunningAirflow) -> None:
    dag_id = _add(running_airflow, "closed", {}, {"subject": "Still there?", "response_timeout_seconds": 10})
    request = Request(running_airflow, dag_id)
    assert request.finish() == "failed"
    assert "nobody answered 'Still there?' within 10 seconds" in request.log()
    assert request.states()["deploy"] == "upstream_failed"


def test_no_answer_in_time_may_count_as_an_option_which_nobody_chose(running_airflow: RunningAirflow) -> None:
    arguments = {
        "subject": "Stop?",
        "on_timeout": "Reject",
        "branches": {"Approve": ["deploy"], "Reject": ["undo"]},
        "form": [{"name": "why", "required": True}, {"name": "n", "type": "integer", "default": 2}],
        "response_timeout_seconds": 10,
    }
    request = Request(running_airflow, _add(running_airflow, "defaulted", {}, arguments))
    assert request.finish() == "success"
    assert request.states() == _tasks(undo="success")
    result = request.result()
    assert (result["choice"], result["user"], result["form"]) == ("Reject", None, {"why": None, "n": 2})


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"branches": {"Perhaps": []}}, "branches names Perhaps"),
        ({"on_timeout": "Perhaps"}, "should be a subset of options"),
        ({"options": []}, "cannot be empty"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused_when_the_dag_is_built(
    arguments: dict[str, Any], problem: str
) -> None:
    from airflow_ops_plugin.operators.manual import ManualOperator

    with pytest.raises(ValueError, match=problem):
        ManualOperator(task_id="ask", subject="?", **arguments)
