"""Operators that may ask for an agent: what happens without one, and without the API."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator, Context

from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.sql import SqlOperator
from airflow_ops_plugin.operators.uses_agent import UsesAgent
from airflow_ops_plugin.operators.work_request import work_request
from airflow_ops_plugin.worker.errors import ApiUnreachableError


class Works(UsesAgent, BaseOperator):
    """Says that it has worked."""

    def work(self, context: Context) -> str:
        return "worked"


@pytest.fixture(autouse=True)
def no_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks look for the API where nobody listens."""
    monkeypatch.setenv("AIRFLOW__OPS__API_URL", "http://127.0.0.1:9/ops")
    monkeypatch.setenv("AIRFLOW__OPS__API_PATIENCE_SECONDS", "0")


@pytest.fixture
def without_ops_tables(airflow_home: Any) -> Any:
    """The database as it is where nobody has migrated it for this plugin."""
    from airflow.utils.session import create_session
    from sqlalchemy import inspect, text

    def rename(source: str, target: str) -> None:
        with create_session(scoped=False) as session:
            names = inspect(session.get_bind()).get_table_names()
            for name in [name for name in names if name.startswith(source)]:
                session.execute(text(f"ALTER TABLE {name} RENAME TO {target}{name.removeprefix(source)}"))

    rename("ops_", "hidden_ops_")
    yield
    rename("hidden_ops_", "ops_")


def test_a_task_that_asks_for_no_agent_needs_neither_api_nor_tables(without_ops_tables: Any, run_dag: Any) -> None:
    with DAG("no_agent", schedule=None) as dag:
        Works(task_id="plain")
    run = run_dag(dag)
    assert run.state == "success"
    assert run.xcom("plain") == "worked"


def test_a_task_that_asks_for_an_agent_says_that_the_api_is_away(run_dag: Any) -> None:
    with DAG("api_away", schedule=None) as dag:
        Works(task_id="needs", agent={"kind": "docker_host"})
    run = run_dag(dag)
    assert run.state == "failed"
    (error,) = run.errors["needs"]
    assert isinstance(error, ApiUnreachableError)
    assert "api_url" in str(error)


def test_every_operator_that_can_ask_takes_the_argument_when_it_is_mapped() -> None:
    with DAG("mapped", schedule=None):
        partial = SqlOperator.partial(task_id="a", connection="c", agent={"kind": "worker_queue"})
        mapped = partial.expand(statement=["select 1"])
    assert mapped.partial_kwargs["agent"] == {"kind": "worker_queue"}


def test_a_requirement_becomes_a_request() -> None:
    request = work_request(
        {"kind": "person", "agents": ["ann, bob"], "groups": [["dba", "ops"]], "prefer": [""], "skills": {"sql": 2}},
        subject="s" * 5000,
        preferred_agent="ann",
    )
    assert request.only_agents == ["ann", "bob"]
    assert request.any_label == ["dba", "ops"]
    assert request.prefer_labels == []
    assert request.skills == {"sql": 2}
    assert len(request.subject) == 2000


@pytest.mark.parametrize("field", ["agents", "groups"])
def test_names_that_turn_out_empty_do_not_open_the_work_to_everybody(field: str) -> None:
    with pytest.raises(ArgumentValueError, match=f"{field} of the agent are given but name nobody"):
        work_request({"kind": "person", field: [""]})
