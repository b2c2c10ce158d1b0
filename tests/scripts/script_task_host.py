"""A process that runs single tries of a script node's task in Airflow, each in a child that a test may kill.

Reads one JSON command per line, answers each with one JSON line. ``start`` forks a child that runs one try as a
worker does and writes what became of it; ``clear`` and ``reset_engine`` stand for what people do meanwhile.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve commands until the end of the input."""
    import airflow.api_fastapi.execution_api.app
    import airflow.dag_processing.collection
    import airflow.sdk.execution_time.supervisor
    import airflow.sdk.execution_time.task_runner  # noqa: F401 - imported once, before children are forked
    from airflow import settings

    import airflow_ops_plugin.operators.script  # noqa: F401

    warm_up()
    settings.engine.dispose()
    answer({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "start":
            answer({"pid": fork_try(command)})
        elif command["do"] == "wait":
            answer({"status": os.waitpid(command["pid"], 0)[1]})


def warm_up() -> None:
    """Build what every try would build again: the execution API, with its routes for each version of it."""
    import asyncio

    import httpx
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    app = in_process_api_server().app

    async def ask_once() -> None:
        # Without its start-up it answers with an error; that is enough to make it build its routes.
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as api:
            await api.get("/variables/any")

    asyncio.run(ask_once())


def answer(data: dict[str, Any]) -> None:
    """Write one line to the test."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def fork_try(command: dict[str, Any]) -> int:
    """Return the pid of a child that runs the next try of the command's task."""
    pid = os.fork()
    if pid:
        return pid
    log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(command["environment"])
    try:
        outcome = run_try(command)
    except BaseException:
        outcome = {"state": "crashed", "error": traceback.format_exc()}
    file = Path(command["outcome"])
    file.with_suffix(".part").write_text(json.dumps(outcome, default=str))
    file.with_suffix(".part").rename(file)
    os._exit(0)


def run_try(command: dict[str, Any]) -> dict[str, Any]:
    """Run the next try and return its state, error, return value, variables and rendered fields."""
    from airflow.sdk.api.datamodels._generated import TaskInstance as TaskInstanceData
    from airflow.sdk.execution_time.supervisor import run_task_in_process
    from airflow.utils.session import create_session

    dag = build_dag(command)
    with create_session() as session:
        ti = prepare_try(dag, command, session)
        data = TaskInstanceData(
            id=ti.id,
            task_id=ti.task_id,
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            try_number=ti.try_number,
            map_index=ti.map_index,
            dag_version_id=ti.dag_version_id,
        )
    result = run_task_in_process(data, dag.get_task("script"))
    return {
        "state": str(result.state),
        "error": f"{type(result.error).__name__}: {result.error}" if result.error else None,
        **read_traces(command),
    }


def build_dag(command: dict[str, Any]) -> Any:
    """Return the Dag of one task that the command describes."""
    from airflow.sdk import DAG

    from airflow_ops_plugin.operators.script import ScriptOperator

    timeout = command.get("timeout")
    with DAG(command["dag"], schedule=None, params=command["params"]) as dag:
        ScriptOperator(
            task_id="script",
            retries=command["retries"],
            execution_timeout=timedelta(seconds=timeout) if timeout else None,
            **command["arguments"],
        )
    return dag


def prepare_try(dag: Any, command: dict[str, Any], session: Any) -> Any:
    """Return the task instance, queued for its next try; the first time its Dag and run are stored."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import clear_task_instances
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    run = session.scalar(select(DagRun).where(DagRun.dag_id == command["dag"]))
    if run is None:
        run = create_run(dag, session)
    ti = run.get_task_instance("script", session=session)
    if command["is_cleared"]:
        ti.state = TaskInstanceState.FAILED
        clear_task_instances([ti], session, dag_run_state=False)
    elif ti.try_number > 0:
        # What the scheduler does with a task whose worker died.
        ti.prepare_db_for_next_try(session)
    ti.try_number += 1
    ti.state = TaskInstanceState.QUEUED
    session.commit()
    return ti


def create_run(dag: Any, session: Any) -> Any:
    """Store the Dag and one run of it, and return the run."""
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType
    from sqlalchemy import select

    if session.scalar(select(DagBundleModel).where(DagBundleModel.name == "tests")) is None:
        session.add(DagBundleModel(name="tests"))
        session.commit()
    update_dag_parsing_results_in_db(
        "tests", None, [LazyDeserializedDAG.from_dag(dag)], {}, None, set(), session=session, files_parsed=set()
    )
    session.commit()
    now = datetime.now(UTC)
    run = SerializedDagModel.get(dag.dag_id, session=session).dag.create_dagrun(
        run_id="test",
        logical_date=now,
        data_interval=(now, now),
        run_after=now,
        run_type=DagRunType.MANUAL,
        triggered_by=DagRunTriggeredByType.TEST,
        state=DagRunState.RUNNING,
        start_date=now,
        session=session,
    )
    session.commit()
    return run


def read_traces(command: dict[str, Any]) -> dict[str, Any]:
    """Return what the try left in the metadata database."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        xcoms = session.scalars(select(XComModel).where(XComModel.dag_id == command["dag"])).all()
        values = {xcom.key: XComModel.deserialize_value(xcom) for xcom in xcoms}
        fields = RenderedTaskInstanceFields
        rendered = session.scalars(select(fields.rendered_fields).where(fields.dag_id == command["dag"])).all()
        return {
            "return_value": values.get("return_value"),
            "variables": values.get("variables"),
            "rendered": list(rendered),
        }


if __name__ == "__main__":
    main()
