"""Airflow's own commands on a bundle of templates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from template_samples import broken_sample, sample, write

ROOT = Path(__file__).parents[2]
Run = Callable[..., str]
Query = Callable[[str], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def ask_host(airflow_home: Path) -> Iterator[Callable[[dict[str, object]], int]]:
    """A function that has ``command_host`` run a command and returns its exit code."""
    host = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("command_host.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert host.stdin is not None
    assert host.stdout is not None

    def read_answer() -> int:
        assert host.stdout is not None
        line = next(line for line in host.stdout if line.startswith("ANSWER "))
        return json.loads(line.removeprefix("ANSWER "))

    def ask(command: dict[str, object]) -> int:
        assert host.stdin is not None
        host.stdin.write(json.dumps(command) + "\n")
        host.stdin.flush()
        return read_answer()

    read_answer()
    yield ask
    host.stdin.close()
    host.wait()
    host.stdout.close()


@pytest.fixture
def run_airflow(ask_host: Callable[[dict[str, object]], int], tmp_path: Path, templates: Path) -> Run:
    """A function that runs ``airflow <arguments>`` with a bundle of the templates, and returns what it printed."""
    options = {"templates_folder": str(templates), "store_folder": str(tmp_path / "store")}
    bundle = {
        "name": "templates",
        "classpath": "dag_factory.airflow_backend.bundle.TemplateDagBundle",
        "kwargs": options,
    }
    settings = {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(tmp_path / "bundles"),
    }
    stdout, stderr = tmp_path / "stdout", tmp_path / "stderr"

    def run(*arguments: str, code: int = 0) -> str:
        command = {"arguments": arguments, "environment": settings, "stdout": str(stdout), "stderr": str(stderr)}
        found = ask_host(command)
        assert found == code, stdout.read_text() + stderr.read_text()
        return stdout.read_text()

    return run


@pytest.fixture
def query(airflow_home: Path) -> Query:
    """A function that returns the rows of a query on Airflow's database."""
    from airflow.utils.session import create_session

    def run(statement: str) -> list[tuple[str, ...]]:
        with create_session() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    return run


def test_import_errors_name_file_line_and_remedy_and_nothing_else(run_airflow: Run, templates: Path) -> None:
    write(templates, "twice.json", sample("same"))
    write(templates, "again.json", sample("same"))
    write(templates, "frail.json", broken_sample("frail"))
    write(templates, "fine.json", sample("fine"))
    run_airflow("dag-processor", "-n", "1")
    printed = run_airflow("dags", "list-import-errors", "-B", "templates", "-o", "json", code=1)
    listed = json.loads(printed[printed.rindex("\n[{") :])
    errors = {error["filepath"]: error["error"].splitlines() for error in listed}
    assert set(errors) == {"twice.json.py", "again.json.py", "frail.json.py"}
    assert errors["frail.json.py"][0] == "BrokenTemplate: frail.json is no Dag until this is put right:"
    assert errors["frail.json.py"][1].startswith("frail.json:12 DF100 error: node 'x', nodes[1]: unknown type 'scrip'")
    assert errors["frail.json.py"][2].startswith("frail.json:16 DF100 error: nodes[2].id: this required field is")
    assert "'same' is also used by again.json" in errors["twice.json.py"][1]
    assert "'same' is also used by twice.json" in errors["again.json.py"][1]


def test_commands_leave_dags_and_runs_pinned(run_airflow: Run, query: Query, templates: Path) -> None:
    write(templates, "tested.json", sample("tested", "by hand"))
    write(templates, "other.json", sample("other"))
    run_airflow("dags", "test", "tested")
    run_airflow("dags", "reserialize")
    ((version,),) = query("select distinct bundle_version from dag where dag_id in ('tested', 'other')")
    assert version
    assert query("select state, bundle_version from dag_run where dag_id = 'tested'") == [("success", version)]
    assert query("select bundle_version from dag_version where dag_id in ('tested', 'other')") == [(version,)] * 2
    run_airflow("dags", "test", "tested")
    assert query("select distinct bundle_version from dag_run where dag_id = 'tested'") == [(version,)]


@pytest.mark.parametrize(
    ("dag_id", "trigger", "days"),
    [
        ("by_cron", {"type": "cron", "cron": "0 3 * * *", "timezone": "Europe/Berlin"}, ["01T02", "02T02"]),
        ("by_interval", {"type": "interval", "every": "PT24H"}, ["01T00", "02T00", "03T00"]),
    ],
)
def test_backfills_are_created_for_the_times_of_the_schedule(
    run_airflow: Run, query: Query, templates: Path, dag_id: str, trigger: dict[str, str], days: list[str]
) -> None:
    write(templates, f"{dag_id}.json", sample(dag_id, triggers=[trigger]))
    run_airflow("dag-processor", "-n", "1")
    run_airflow("backfill", "create", "--dag-id", dag_id, "--from-date", "2025-03-01", "--to-date", "2025-03-03")
    rows = query(f"select logical_date, bundle_version from dag_run where dag_id = '{dag_id}' order by logical_date")
    assert [str(logical_date)[8:13].replace(" ", "T") for logical_date, _ in rows] == days
    ((version,),) = query(f"select bundle_version from dag where dag_id = '{dag_id}'")
    assert version
    assert {found for _, found in rows} == {version}
