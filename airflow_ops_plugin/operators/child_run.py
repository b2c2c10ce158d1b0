"""Starts and looks up runs of other Dags from inside a task, through Airflow's task execution interface."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import DagRunState, TaskInstanceState
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse, TriggerDagRun
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.errors import ArgumentValueError
from dag_factory.airflow_backend.activity_guard import ERROR_KEY
from dag_factory.airflow_backend.run_origin import CHILD_RUN_PREFIX

if TYPE_CHECKING:
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

_CLIENT_ERRORS = range(400, 500)


class CalledDagUnavailableError(OpsError):
    """The called Dag is there but does not run now; another attempt may find it ready."""


def child_run_id(ti: RuntimeTaskInstanceProtocol) -> str:
    """Return the run id of what this attempt starts: readable, unique to the attempt, safe in an address."""
    place = json.dumps([ti.dag_id, ti.run_id, ti.task_id, ti.map_index])
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{ti.dag_id[:80]}.{ti.task_id[:80]}")
    return f"{CHILD_RUN_PREFIX}{readable}__{digest}__{ti.try_number}"


def check_dag_runs(ti: RuntimeTaskInstanceProtocol, dag_id: str) -> None:
    """Refuse a Dag whose run would never begin.

    :raises ArgumentValueError: there is no such Dag.
    :raises CalledDagUnavailableError: it is paused.
    """
    try:
        dag = ti.get_dag(dag_id)
    except AirflowRuntimeError as error:
        if _status(error) == 404:
            raise ArgumentValueError(f"there is no Dag {dag_id!r} to call; check its id") from error
        raise
    if dag.is_paused:
        raise CalledDagUnavailableError(f"the called Dag {dag_id!r} is paused; unpause it")


def start_run(dag_id: str, run_id: str, conf: Mapping[str, Any], note: str) -> None:
    """Start a run; one that has this id already counts as started.

    :param conf: its inputs, validated by Airflow against the Dag's parameters.
    :raises ArgumentValueError: Airflow refuses: unknown Dag, import error, inputs that do not fit.
    """
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # exists only while a task runs

    try:
        # Without a logical date: two calls in the same microsecond would otherwise collide.
        answer = SUPERVISOR_COMMS.send(
            TriggerDagRun(dag_id=dag_id, run_id=run_id, conf=dict(conf), logical_date=None, note=note)
        )
    except AirflowRuntimeError as error:
        if _status(error) in _CLIENT_ERRORS:
            raise ArgumentValueError(f"the Dag {dag_id!r} cannot be called: {_message(error)}") from error
        raise
    if isinstance(answer, ErrorResponse) and answer.error != ErrorType.DAGRUN_ALREADY_EXISTS:
        raise AirflowRuntimeError(answer)


def state_of_run(ti: RuntimeTaskInstanceProtocol, dag_id: str, run_id: str) -> DagRunState | None:
    """Return the state of a run, ``None`` where there is no such run."""
    if not ti.get_dr_count(dag_id=dag_id, run_ids=[run_id]):
        return None
    return DagRunState(ti.get_dagrun_state(dag_id=dag_id, run_id=run_id))


def error_code_of_run(ti: RuntimeTaskInstanceProtocol, dag_id: str, run_id: str) -> str | None:
    """Return the code of the error with which a run has failed, ``None`` for a failure that has no code."""
    for crumb in RuntimeTaskInstance.get_task_breadcrumbs(dag_id=dag_id, run_id=run_id):
        if crumb.get("state") == TaskInstanceState.FAILED:
            error = ti.xcom_pull(
                dag_id=dag_id,
                run_id=run_id,
                task_ids=str(crumb["task_id"]),
                key=ERROR_KEY,
                map_indexes=crumb.get("map_index", -1),
            )
            if isinstance(error, Mapping) and error.get("code"):
                return str(error["code"])
    return None


def _status(error: AirflowRuntimeError) -> int | None:
    return (error.error.detail or {}).get("status_code")


def _message(error: AirflowRuntimeError) -> str:
    """Return what the API server said, dug out of its answer."""
    detail: Any = error.error.detail
    while isinstance(detail, Mapping) and isinstance(detail.get("detail"), Mapping):
        detail = detail["detail"]
    return str(detail.get("message", detail)) if isinstance(detail, Mapping) else str(error)
