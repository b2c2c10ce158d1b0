"""The wait operator: how ends are read, and waiting in a running Airflow."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from running_airflow import RunningAirflow

Run = Callable[..., Any]
NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
_COUNTER = itertools.count()

DAG_SOURCE = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow_ops_plugin.operators.wait import WaitOperator

with DAG("wait_a_little", schedule=None, params={"pause": "PT6S"}):
    wait = WaitOperator(
        task_id="wait", duration="${pause}", variables={"pause": []}, outputs={"reached": "waited_until"}
    )
    wait >> EmptyOperator(task_id="after")
"""


@pytest.fixture
def wait(run_dag: Run) -> Run:
    """A function that runs one wait task ``wait`` with the given arguments and returns the finished run."""

    def run(conf: dict[str, Any] | None = None, **arguments: Any) -> Any:
        from airflow.sdk import DAG

        from airflow_ops_plugin.operators.wait import WaitOperator

        with DAG(f"wait_{next(_COUNTER)}", schedule=None, params=conf or {}) as dag:
            WaitOperator(task_id="wait", **arguments)
        return run_dag(dag)

    return run


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("PT5M", "2030-01-31T12:05:00+00:00"),
        ("P1D", "2030-02-01T12:00:00+00:00"),
        ("P1W", "2030-02-07T12:00:00+00:00"),
        ("PT0.5S", "2030-01-31T12:00:00.500000+00:00"),
        ("P1M", "2030-02-28T12:00:00+00:00"),
        ("P1Y2M3DT4H5M6S", "2031-04-03T16:05:06+00:00"),
        ("90", "2030-01-31T12:01:30+00:00"),
        (1.5, "2030-01-31T12:00:01.500000+00:00"),
        ("0", "2030-01-31T12:00:00+00:00"),
    ],
)
def test_a_duration_is_iso_8601_or_seconds_and_follows_the_calendar(text: str | float, end: str) -> None:
    from airflow_ops_plugin.operators.instant import end_of_duration

    assert end_of_duration(text, NOW).isoformat() == end


def test_a_day_in_a_time_zone_keeps_the_clock_time_when_the_clocks_change() -> None:
    from airflow_ops_plugin.operators.instant import end_of_duration

    before = datetime(2030, 3, 30, 11, tzinfo=UTC)
    assert end_of_duration("P1D", before, "Europe/Berlin") - before == timedelta(hours=23)
    assert end_of_duration("P1D", before) - before == timedelta(hours=24)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "soon", "-PT5M", "-1", "PT5", "5M", "P1Y1W", "2030-01-01", "P99999999Y", "9" * 30]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    from airflow_ops_plugin.operators.errors import ArgumentValueError
    from airflow_ops_plugin.operators.instant import end_of_duration

    with pytest.raises(ArgumentValueError, match="duration"):
        end_of_duration(text, NOW)


@pytest.mark.parametrize(
    ("text", "timezone", "end"),
    [
        ("2030-01-31T18:00:00+01:00", None, "2030-01-31T17:00:00+00:00"),
        ("2030-01-31T18:00Z", None, "2030-01-31T18:00:00+00:00"),
        ("2030-07-01T18:00", "Europe/Berlin", "2030-07-01T16:00:00+00:00"),
        ("2030-07-01T18:00+00:00", "Europe/Berlin", "2030-07-01T18:00:00+00:00"),
        ("2030-07-01", "UTC", "2030-07-01T00:00:00+00:00"),
    ],
)
def test_an_instant_has_an_offset_or_is_read_in_the_time_zone(text: str, timezone: str | None, end: str) -> None:
    from airflow_ops_plugin.operators.instant import instant

    assert instant(text, timezone).isoformat() == end


@pytest.mark.parametrize(
    ("text", "timezone", "problem"),
    [
        ("2030-01-31T18:00", None, "has no offset"),
        ("tomorrow", None, "is not an instant"),
        ("2030-02-30T00:00Z", None, "is not an instant"),
        ("2030-01-31T18:00", "Mars/Olympus", "no time zone 'Mars/Olympus'"),
        ("2030-01-31T18:00", "../../etc/passwd", "no time zone"),
        ("0001-01-01T00:00:00+14:00", None, "beyond the calendar"),
    ],
)
def test_what_is_no_instant_is_refused(text: str, timezone: str | None, problem: str) -> None:
    from airflow_ops_plugin.operators.errors import ArgumentValueError
    from airflow_ops_plugin.operators.instant import instant

    with pytest.raises(ArgumentValueError, match=problem):
        instant(text, timezone)


def test_an_end_in_the_past_is_no_wait(wait: Run) -> None:
    run = wait(until="2020-01-01T00:00Z", outputs={"reached": "waited_until"})
    assert run.xcom("wait") == {"waited_until": "2020-01-01T00:00:00+00:00"}
    assert run.xcom("wait", "variables") == {"reached": "2020-01-01T00:00:00+00:00"}


def test_the_end_may_come_from_a_variable_and_nonsense_fails_without_another_attempt(wait: Run) -> None:
    arguments = {"until": "${when}", "variables": {"when": []}, "retries": 3}
    assert wait(conf={"when": "2020-01-01T00:00Z"}, **arguments).state == "success"
    run = wait(conf={"when": "when it is done"}, **arguments)
    assert (run.state, len(run.errors["wait"])) == ("failed", 1)
    assert "'when it is done' is not an instant" in str(run.errors["wait"][0])


def test_a_dag_test_waits_too(wait: Run) -> None:
    started_at = time.monotonic()
    run = wait(duration="PT2S")
    assert time.monotonic() - started_at >= 2
    assert run.xcom("wait").keys() == {"waited_until"}


def test_a_wait_needs_one_end() -> None:
    from airflow_ops_plugin.operators.wait import WaitOperator

    for arguments in ({}, {"duration": "PT1S", "until": "2030-01-01T00:00Z"}):
        with pytest.raises(ValueError, match="either duration or until"):
            WaitOperator(task_id="wait", **arguments)


def test_a_waiting_task_uses_no_worker_and_is_ended_by_the_triggerer(running_airflow: RunningAirflow) -> None:
    running_airflow.add_dag("wait_a_little", DAG_SOURCE)
    run_id = running_airflow.trigger("wait_a_little")
    assert running_airflow.finish("wait_a_little", run_id) == "success"
    assert "Pausing task as DEFERRED" in running_airflow.log("wait_a_little", run_id, "wait")
    result = running_airflow.xcom("wait_a_little", run_id, "wait")
    assert running_airflow.xcom("wait_a_little", run_id, "wait", "variables") == {"reached": result["waited_until"]}
    task = running_airflow.task("wait_a_little", run_id, "wait")
    assert datetime.fromisoformat(task["end_date"]) >= datetime.fromisoformat(result["waited_until"])
