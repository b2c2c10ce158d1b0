"""The call operator in a running Airflow: a Dag calls a Dag."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from running_airflow import RunningAirflow

CHILD = """
import time
from airflow.sdk import DAG, Param, task

@task
def work(n, seconds, *, dag_run=None):
    time.sleep(seconds)
    if n < 0 or (n == 0 and dag_run.run_id.endswith("__1")):
        raise ValueError("negative")

@task
def result(n):
    return {{"double": 2 * n}}

with DAG({dag_id!r}, schedule=None, is_paused_upon_creation={is_paused!r}, params={{
    "n": Param(1, type="integer"), "seconds": Param(0, type="number")
}}) as dag:
    work(dag.param("n"), dag.param("seconds")) >> result(dag.param("n"))
"""

PARENT = """
import os, signal
from datetime import timedelta
from airflow.sdk import DAG
from airflow_ops_plugin.operators.call import CallOperator

class DiesOnce(CallOperator):
    '''Its first attempt is killed after it has started the run, before it waits.'''

    def defer(self, **arguments):
        if self._attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        super().defer(**arguments)

    def execute(self, context):
        self._attempt = context["ti"].try_number
        return super().execute(context)

with DAG({dag_id!r}, schedule=None, params={params!r}):
    {operator}(task_id="call", retry_delay=timedelta(0), **{arguments!r}){suffix}
"""


@pytest.fixture(scope="module")
def airflow(running_airflow: RunningAirflow) -> RunningAirflow:
    """A running Airflow with an engine and the Dags ``child`` and ``paused_child`` to call."""
    running_airflow.start_component("ops engine")
    for dag_id, is_paused in (("child", False), ("paused_child", True)):
        running_airflow.add_dag(dag_id, CHILD.format(dag_id=dag_id, is_paused=is_paused))
    return running_airflow


class Call:
    """A run of a Dag of its own with the task ``call``."""

    def __init__(
        self,
        airflow: RunningAirflow,
        name: str,
        *,
        operator: str = "CallOperator",
        suffix: str = "",
        params: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> None:
        source = PARENT.format(
            dag_id=name,
            params=params or {},
            operator=operator,
            suffix=suffix,
            arguments={"dag_id": "child"} | arguments,
        )
        airflow.add_dag(name, source)
        self.airflow, self.dag_id = airflow, name
        self.run_id = airflow.trigger(name)

    def finish(self) -> str:
        """Return the state in which the run ends."""
        return self.airflow.finish(self.dag_id, self.run_id)

    def result(self, key: str = "return_value") -> Any:
        """Return what the task published."""
        return self.airflow.xcom(self.dag_id, self.run_id, "call", key)

    def log(self, attempt: int = 1) -> str:
        """Return the log of an attempt."""
        return self.airflow.log(self.dag_id, self.run_id, "call", attempt)

    def called(self) -> list[dict[str, Any]]:
        """Return the runs it has started, oldest first."""
        found = [
            run for run in self.airflow.runs("child") if run["dag_run_id"].startswith(f"called_by__{self.dag_id}.")
        ]
        return sorted(found, key=lambda run: str(run["dag_run_id"]))


def test_the_called_dag_gets_the_inputs_and_gives_back_its_result(airflow: RunningAirflow) -> None:
    call = Call(
        airflow,
        "calls",
        params={"size": 21},
        variables={"size": []},
        inputs={"n": "${size}"},
        outputs={"answer": "result.double", "how": "state"},
    )
    assert call.finish() == "success"
    assert "Pausing task as DEFERRED" in call.log()
    (called,) = call.called()
    assert call.result() == {"run_id": called["dag_run_id"], "state": "success", "result": {"double": 42}}
    assert call.result("variables") == {"answer": 42, "how": "success"}
    assert called["conf"]["n"] == 21
    assert called["conf"]["origin"]["task_id"] == "call"
    assert called["note"] == f"Called by task call of run {call.run_id} of Dag calls"
    assert called["run_type"] == "operator_triggered"
    assert call.result("trigger_run_id") == called["dag_run_id"]


def test_a_failed_run_fails_the_call_without_a_second_attempt_of_its_own(airflow: RunningAirflow) -> None:
    call = Call(airflow, "calls_failing", inputs={"n": -1})
    assert call.finish() == "failed"
    assert "of the Dag 'child' ended as failed" in call.log()
    assert len(call.called()) == 1


def test_on_failure_continue_tells_by_the_state(airflow: RunningAirflow) -> None:
    call = Call(airflow, "continues", inputs={"n": -1}, on_failure="continue")
    assert call.finish() == "success"
    assert (call.result()["state"], call.result()["result"]) == ("failed", {})


def test_a_retry_after_a_failed_run_starts_a_new_one(airflow: RunningAirflow) -> None:
    call = Call(airflow, "retries", inputs={"n": 0}, retries=1)
    assert call.finish() == "success"
    assert [run["state"] for run in call.called()] == ["failed", "success"]


def test_a_retry_after_a_killed_worker_takes_up_the_same_run(airflow: RunningAirflow) -> None:
    call = Call(airflow, "dies_once", operator="DiesOnce", inputs={"n": 5, "seconds": 3}, retries=1)
    assert call.finish() == "success"
    assert airflow.task("dies_once", call.run_id, "call")["try_number"] == 2
    assert "Taking up the run" in call.log(2)
    (called,) = call.called()
    assert call.result()["run_id"] == called["dag_run_id"]
    assert call.result()["result"] == {"double": 10}


def clear(call: Call) -> None:
    """Clear the task, as a person does."""
    body = {"dag_run_id": call.run_id, "task_ids": ["call"], "dry_run": False, "only_failed": False}
    answer = call.airflow.call("POST", f"/dags/{call.dag_id}/clearTaskInstances", body)
    assert answer.ok, answer.text


def fail_task(call: Call) -> None:
    """Mark the task as failed, as a person does."""
    path = f"/dags/{call.dag_id}/dagRuns/{call.run_id}/taskInstances/call"
    answer = call.airflow.call("PATCH", path, {"new_state": "failed"})
    assert answer.ok, answer.text


def fail_run(call: Call) -> None:
    """Mark the run as failed, as a person does."""
    answer = call.airflow.call("PATCH", f"/dags/{call.dag_id}/dagRuns/{call.run_id}", {"state": "failed"})
    assert answer.ok, answer.text


def test_a_call_that_is_cleared_after_success_starts_a_new_run(airflow: RunningAirflow) -> None:
    call = Call(airflow, "cleared", inputs={"n": 1})
    assert call.finish() == "success"
    clear(call)
    airflow.wait_until(lambda: len(call.called()) == 2, "a second called run", 180)
    assert call.finish() == "success"


@pytest.mark.parametrize("stop", [fail_task, fail_run, clear], ids=lambda stop: stop.__name__)
def test_a_called_run_is_stopped_when_a_person_ends_its_call(
    airflow: RunningAirflow, stop: Callable[[Call], None]
) -> None:
    call = Call(airflow, f"stopped_by_{stop.__name__}", inputs={"seconds": 600})
    airflow.wait_for_task(call.dag_id, call.run_id, "call", "deferred")
    (called,) = call.called()
    airflow.wait_for_task("child", called["dag_run_id"], "work", "running")
    stop(call)
    assert airflow.finish("child", called["dag_run_id"]) == "failed"
    assert airflow.states("child", called["dag_run_id"]) == {"work": "failed", "result": "skipped"}
    if stop is clear:
        airflow.wait_until(lambda: len(call.called()) == 2, "a second called run", 180)
        fail_run(call)
    airflow.wait_until(
        lambda: all(run["state"] == "failed" for run in call.called()), "the end of all called runs", 180
    )


def test_without_wait_it_goes_on_at_once(airflow: RunningAirflow) -> None:
    call = Call(airflow, "forgets", inputs={"n": -1}, wait=False)
    assert call.finish() == "success"
    assert (call.result()["state"], call.result()["result"]) == ("queued", {})
    assert call.result()["run_id"] == call.called()[0]["dag_run_id"]


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("unknown", {"dag_id": "no_such_dag", "retries": 2}, "there is no Dag 'no_such_dag' to call"),
        ("paused", {"dag_id": "paused_child"}, "the called Dag 'paused_child' is paused; unpause it"),
        ("misfit", {"inputs": {"n": "many"}, "retries": 2}, "the Dag 'child' cannot be called: "),
    ],
)
def test_what_cannot_be_called_is_a_clear_error_at_once(
    airflow: RunningAirflow, name: str, arguments: dict[str, Any], problem: str
) -> None:
    call = Call(airflow, f"calls_{name}", **arguments)
    assert call.finish() == "failed"
    assert problem in call.log()
    assert airflow.task(call.dag_id, call.run_id, "call")["try_number"] == 1
    assert call.called() == []


def test_a_call_that_takes_too_long_fails_and_the_called_run_is_stopped(airflow: RunningAirflow) -> None:
    source = PARENT.format(
        dag_id="hurries",
        params={},
        operator="CallOperator",
        suffix="",
        arguments={"dag_id": "child", "inputs": {"seconds": 600}},
    ).replace("retry_delay=timedelta(0)", "execution_timeout=timedelta(seconds=6)")
    airflow.add_dag("hurries", source)
    run_id = airflow.trigger("hurries")
    assert airflow.finish("hurries", run_id) == "failed"
    called_id = airflow.xcom("hurries", run_id, "call", "trigger_run_id")
    assert airflow.finish("child", called_id) == "failed"
    note = next(run["note"] for run in airflow.runs("child") if run["dag_run_id"] == called_id)
    assert note.endswith("Stopped: the task that called it is failed.")


def test_mapped_calls_start_a_run_for_each_item(airflow: RunningAirflow) -> None:
    call = Call(
        airflow,
        "calls_each",
        operator="CallOperator.partial",
        suffix=".expand(item=[1, 2, 3])",
        inputs={"n": "${number}"},
        item_variable="number",
    )
    assert call.finish() == "success"
    assert sorted(run["conf"]["n"] for run in call.called()) == [1, 2, 3]
