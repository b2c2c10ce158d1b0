"""Our LocalExecutor: a task instance that goes on before its first process was seen to end is not failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from running_airflow import RunningAirflow

# Links are computed after the task instance has parked: one that takes its time keeps the process from ending.
SLOW_TO_END = """
from airflow.sdk import DAG, BaseOperatorLink
from airflow_ops_plugin.operators.manual import ManualOperator

class SlowLink(BaseOperatorLink):
    name = "slow"

    def get_link(self, operator, *, ti_key):
        time.sleep({seconds})
        return ""

class SlowToEnd(ManualOperator):
    operator_extra_links = (SlowLink(),)

with DAG({dag_id!r}, schedule=None):
    SlowToEnd(task_id="ask", subject="Go on?")
"""


def answer_at_once(airflow: RunningAirflow, dag_id: str, run_id: str) -> None:
    """Approve as soon as the task instance waits.

    Not before: SQLite has no row locks, so Airflow may there miss an answer that comes while the task instance parks.
    """
    airflow.wait_for_task(dag_id, run_id, "ask", "awaiting_input")
    path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/ask/-1/hitlDetails"
    body: dict[str, Any] = {"chosen_options": ["Approve"], "params_input": {}}
    answer = airflow.call("PATCH", path, body)
    assert answer.ok, answer.text


def test_an_answer_given_while_the_process_that_asked_still_runs_is_followed(running_airflow: RunningAirflow) -> None:
    running_airflow.add_dag("slow_to_end", SLOW_TO_END.format(dag_id="slow_to_end", seconds=3))
    run_id = running_airflow.trigger("slow_to_end")
    running_airflow.wait_for_task("slow_to_end", run_id, "ask", "awaiting_input")
    answer_at_once(running_airflow, "slow_to_end", run_id)
    assert running_airflow.finish("slow_to_end", run_id) == "success"
    assert running_airflow.task("slow_to_end", run_id, "ask")["try_number"] == 1


def test_runs_that_are_answered_the_moment_they_ask_all_succeed(running_airflow: RunningAirflow) -> None:
    # One after another: threads of the API server that write at once can keep each other from SQLite's lock.
    running_airflow.add_dag("at_once", SLOW_TO_END.format(dag_id="at_once", seconds=0))
    run_ids = []
    for _ in range(6):
        run_ids.append(running_airflow.trigger("at_once"))
        answer_at_once(running_airflow, "at_once", run_ids[-1])
    assert {run_id: running_airflow.finish("at_once", run_id) for run_id in run_ids} == dict.fromkeys(
        run_ids, "success"
    )
