"""The sql operator against a real PostgreSQL, run by Airflow."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

Run = Callable[..., Any]
SERVER_USER = "postgres"
_COUNTER = itertools.count()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of its own.

    :param address: ``postgresql://`` address of its empty database.
    """

    address: str

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement past the operator and return its rows."""
        connection = psycopg2.connect(self.address)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server, started for this module. It refuses to run as root, so root becomes ``postgres``."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, SERVER_USER)
        shutil.chown(data, SERVER_USER)
    port = _free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        _run_as_server("initdb", "-D", str(data), "-U", "ops", "-A", "trust", "-E", "UTF8", "--no-sync")
        _run_as_server("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
        yield Server(f"postgresql://ops@127.0.0.1:{port}/postgres")
    finally:
        _run_as_server("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sql(run_dag: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs one sql task ``sql`` with the given arguments and returns the finished run."""
    monkeypatch.setenv("AIRFLOW_CONN_BASE", server.address.replace("postgresql://", "postgres://"))

    def run(statement: str, conf: dict[str, Any] | None = None, **arguments: Any) -> Any:
        from airflow.sdk import DAG

        from airflow_ops_plugin.operators.sql import SqlOperator

        with DAG(f"sql_{next(_COUNTER)}", schedule=None, params=conf or {}) as dag:
            SqlOperator(task_id="sql", connection="base", statement=statement, **arguments)
        return run_dag(dag)

    return run


@pytest.fixture
def table(server: Server) -> str:
    """The name of a table ``(id int, name text)`` with the rows 1 a, 2 b, 3 c."""
    name = f"t{next(_COUNTER)}"
    server.query(f"CREATE TABLE {name} (id int, name text)")
    server.query(f"INSERT INTO {name} VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    return name


def _run_as_server(program: str, *arguments: str, check: bool = True) -> None:
    found = shutil.which(program) or str(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[-1])
    user = pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    # pg_ctl's server keeps standard output open: without DEVNULL this would wait for the server to end.
    done = subprocess.run(
        [found, *arguments], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False, **identity
    )
    assert not check or done.returncode == 0, f"{program} failed"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _error(run: Any) -> str:
    assert run.state == "failed"
    return str(run.errors["sql"][-1])


def test_rows_become_objects_with_their_count_and_the_first_one(sql: Run, table: str) -> None:
    run = sql(f"SELECT id, name FROM {table} ORDER BY id LIMIT 2")
    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert run.xcom("sql") == {"rows": rows, "row_count": 2, "first": rows[0]}


def test_no_row_has_no_first(sql: Run, table: str) -> None:
    assert sql(f"SELECT id FROM {table} WHERE false").xcom("sql") == {"rows": [], "row_count": 0, "first": None}


def test_a_statement_without_rows_counts_those_it_changed_and_is_committed(
    sql: Run, server: Server, table: str
) -> None:
    run = sql(f"UPDATE {table} SET name = 'x' WHERE id > 1")
    assert run.xcom("sql") == {"rows": [], "row_count": 2, "first": None}
    assert server.query(f"SELECT count(*) FROM {table} WHERE name = 'x'") == [(2,)]


def test_values_come_in_as_bind_parameters_and_never_as_sql(sql: Run, server: Server, table: str) -> None:
    attack = f"a'; DROP TABLE {table}; --"
    arguments = {"conf": {"name": attack, "low": 1}, "variables": {"name": [], "low": []}}
    statement = f"SELECT %(name)s AS name, count(*) AS n FROM {table} WHERE id > %(low)s"
    named = sql(statement, parameters={"name": "${name}", "low": "${low}"}, **arguments)
    listed = sql(
        statement.replace("%(name)s", "%s").replace("%(low)s", "%s"), parameters=["${name}", "${low}"], **arguments
    )
    assert named.xcom("sql")["first"] == listed.xcom("sql")["first"] == {"name": attack, "n": 2}


def test_the_statement_itself_is_not_interpolated(sql: Run) -> None:
    run = sql("SELECT '${name} {{ ds }} 100%' AS text", conf={"name": "x"}, variables={"name": []})
    assert run.xcom("sql")["first"] == {"text": "${name} {{ ds }} 100%"}


def test_values_of_every_common_type_have_a_json_form(sql: Run) -> None:
    run = sql(
        """SELECT true AS flag, 1.50::numeric AS price, 12::numeric AS whole, 0.5::float8 AS half, NULL AS nothing,
                  '2030-01-31'::date AS day, '2030-01-31 10:00:00+00'::timestamptz AT TIME ZONE 'UTC' AS moment,
                  '10:30'::time AS clock, interval '90 minutes' AS span, '{"a": [1, 2]}'::jsonb AS document,
                  ARRAY[1, 2] AS numbers, 'b5a7f3a4-0000-4000-8000-000000000000'::uuid AS id, 2^62::numeric AS large"""
    )
    assert run.xcom("sql")["first"] == {
        "flag": True,
        "price": 1.5,
        "whole": 12,
        "half": 0.5,
        "nothing": None,
        "day": "2030-01-31",
        "moment": "2030-01-31T10:00:00",
        "clock": "10:30:00",
        "span": 5400.0,
        "document": {"a": [1, 2]},
        "numbers": [1, 2],
        "id": "b5a7f3a4-0000-4000-8000-000000000000",
        "large": 2**62,
    }


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT '\\x00'::bytea AS data", "column 'data' is binary"),
        ("SELECT 'NaN'::float8 AS n", "column 'n' holds nan"),
        ("SELECT 'NaN'::numeric AS n", "column 'n' holds NaN"),
        ("SELECT 1 AS a, 2 AS a", "several columns are called a"),
        ("SELECT 1; DROP TABLE x", "there are 2 statements"),
        ("  ;  -- nothing", "there are 0 statements"),
        ("SELECT n FROM generate_series(1, 1001) AS n", "more than 1,000 rows; add a LIMIT"),
        ("SELECT repeat('x', 1100000) AS text", "more than the 1,048,576 allowed"),
        ("SELECT missing", 'column "missing" does not exist'),
    ],
)
def test_what_cannot_be_a_result_is_a_clear_error(sql: Run, statement: str, message: str) -> None:
    assert message in _error(sql(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ';' AS a;",
        "-- first; comment\nSELECT 1 AS a; -- last; comment",
        "DO $$ BEGIN PERFORM 1; PERFORM 2; END $$",
        "/* a; b */ SELECT E'\\';' AS a",
    ],
)
def test_a_semicolon_inside_a_statement_does_not_make_two(sql: Run, statement: str) -> None:
    assert sql(statement).state == "success"


def test_as_many_rows_as_max_rows_are_allowed_and_one_more_is_not(sql: Run, table: str) -> None:
    assert sql(f"SELECT id FROM {table}", max_rows=3).state == "success"
    assert "more than 2 rows" in _error(sql(f"SELECT id FROM {table}", max_rows=2))


def test_expectations_are_checked_and_a_failure_names_expression_and_values(sql: Run, table: str) -> None:
    statement = f"SELECT count(*) AS n FROM {table}"
    assert sql(statement, expect=["first.n == 3", "row_count == 1"]).state == "success"
    message = _error(sql(statement, expect=["row_count == 1", "first.n > 5"]))
    assert message.startswith("expected first.n > 5, but first = ")
    assert "3" in message
    assert "cannot be checked" in _error(sql(statement, expect=["missing > 1"]))


def test_without_autocommit_an_expectation_that_is_not_met_undoes_the_statement(
    sql: Run, server: Server, table: str
) -> None:
    arguments: dict[str, Any] = {"expect": ["row_count == 1"], "autocommit": False}
    assert "expected row_count == 1" in _error(sql(f"DELETE FROM {table}", **arguments))
    assert server.query(f"SELECT count(*) FROM {table}") == [(3,)]
    assert sql(f"DELETE FROM {table} WHERE id = 1", **arguments).state == "success"
    assert server.query(f"SELECT count(*) FROM {table}") == [(2,)]


def test_outputs_become_variables(sql: Run, table: str) -> None:
    run = sql(f"SELECT name FROM {table} ORDER BY id", outputs={"names": "rows", "top": "first.name"})
    assert run.xcom("sql", "variables") == {"names": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "top": "a"}


def test_parameters_do_not_appear_in_the_log(sql: Run, capfd: pytest.CaptureFixture[str]) -> None:
    sql("SELECT %(secret)s AS x", parameters={"secret": "tell-nobody-4711"})
    seen = capfd.readouterr()
    assert "Running: SELECT" in seen.out + seen.err
    assert "tell-nobody-4711" not in seen.out + seen.err
