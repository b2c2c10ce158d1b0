"""SqlOperator: runs one SQL statement on an Airflow connection and checks what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.common.sql.hooks.sql import DbApiHook
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import Context

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.errors import ArgumentValueError, ResultTooLargeError
from airflow_ops_plugin.operators.result_size import check_result_size
from airflow_ops_plugin.operators.sql_value import to_json
from airflow_ops_plugin.operators.uses_agent import UsesAgent
from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import EvaluationError, parse_expression
from dag_factory.expressions.errors import short_repr


class ExpectationError(OpsError):
    """A statement's result is not what the template expects."""


class SqlOperator(UsesAgent, UsesVariables, SQLExecuteQueryOperator):
    """Runs one statement and returns ``rows``, ``row_count`` and ``first`` (``None`` where there is no row).

    :param connection: id of a connection of a provider that speaks DB-API. Interpolated.
    :param statement: one statement, never interpolated: values come in by ``parameters`` only.
    :param parameters: bind parameters in the style of the driver (``%(name)s`` with a mapping and ``%s`` with a list
        for PostgreSQL). Interpolated. Without any, ``%`` is an ordinary character.
    :param expect: expressions over the result that must be true.
    :param max_rows: more rows than this are an error.
    :param autocommit: ``False`` makes it a transaction of its own, undone when an expectation or a limit is not met.
    """

    template_fields: Sequence[str] = ("conn_id", "parameters", "agent")
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        connection: str,
        statement: str,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
        expect: Sequence[str] = (),
        max_rows: int = 1000,
        autocommit: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(conn_id=connection, sql=statement, parameters=parameters, autocommit=autocommit, **kwargs)
        self.expect = list(expect)
        self.max_rows = max_rows

    def prepare_template(self) -> None:
        """Do nothing: the parameters are never source code."""

    def work(self, context: Context) -> dict[str, Any]:
        """Run the statement, check the expectations and return the result.

        :raises ArgumentValueError: there is not exactly one statement, or a column has no JSON form.
        :raises ResultTooLargeError: there are more than ``max_rows`` rows, or they are too large to keep.
        :raises ExpectationError: an expectation is not met.
        """
        with self.guarded(context):
            return self._run(context)

    def _run(self, context: Context) -> dict[str, Any]:
        statement = str(self.sql)
        _check_single(statement)
        self.log.info("Running: %s", statement)
        hook = self.get_db_hook()
        hook.log_sql = False  # it would log the parameters too
        results: list[dict[str, Any]] = []
        hook.run(
            statement,
            autocommit=self.autocommit,
            parameters=self.parameters or None,
            handler=lambda cursor: results.append(self._read(cursor)),
            split_statements=False,
        )
        self.publish_outputs(context, results[0])
        return results[0]

    def _read(self, cursor: Any) -> dict[str, Any]:
        """Return the checked result; called before the commit of a statement without autocommit."""
        if cursor.description is None:
            result = {"rows": [], "row_count": max(cursor.rowcount, 0), "first": None}
        else:
            rows = _read_rows(cursor, self.max_rows)
            result = {"rows": rows, "row_count": len(rows), "first": rows[0] if rows else None}
        check_result_size(result, "select fewer columns or rows")
        for text in self.expect:
            _check_expectation(text, result)
        return result


def _check_single(statement: str) -> None:
    count = len([part for part in DbApiHook.split_sql_string(statement) if part.strip("; \n\t")])
    if count != 1:
        raise ArgumentValueError(f"there are {count} statements; write exactly one, and a node for each further one")


def _read_rows(cursor: Any, limit: int) -> list[dict[str, Any]]:
    columns = [str(column[0]) for column in cursor.description]
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise ArgumentValueError(f"several columns are called {', '.join(sorted(twice))}; name each one with AS")
    rows = cursor.fetchmany(limit + 1)
    if len(rows) > limit:
        raise ResultTooLargeError(f"there are more than {limit:,} rows; add a LIMIT, aggregate, or raise max_rows")
    return [{name: to_json(value, name) for name, value in zip(columns, row, strict=True)} for row in rows]


def _check_expectation(text: str, result: Mapping[str, Any]) -> None:
    try:
        is_met = parse_expression(text).is_true(result)
    except EvaluationError as error:
        raise ExpectationError(f"the expectation cannot be checked: {error}") from error
    if not is_met:
        used = sorted(parse_expression(text).names & result.keys())
        values = ", ".join(f"{name} = {short_repr(result[name])}" for name in used)
        raise ExpectationError(f"expected {text}, but {values}")
