"""A real Airflow for the tests: its settings before anything imports it, a migrated database, ways to run Dags."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import sqlalchemy as sa
from migrated_database import copy_migrated_database, share_folder
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from running_airflow import RunningAirflow

# Airflow reads its settings when it is imported. Tests never touch the Airflow home of the person who runs them.
HOME = Path(tempfile.mkdtemp(prefix="airflow-tests-"))
for _name in [name for name in os.environ if name.startswith(("AIRFLOW", "_AIRFLOW"))]:
    del os.environ[_name]
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # Tests write other tasks under one Dag id a moment later; Airflow would keep the first for half a minute.
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    "AIRFLOW__CORE__PARALLELISM": "2",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
}
(HOME / "dags").mkdir()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
share_folder()


class FolderScheduling(LoadScopeScheduling):
    """Gives each folder of tests to one process, so that what its tests share is started once."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    """Tell pytest-xdist how to distribute the tests."""
    return FolderScheduling(config, log)


@dataclass(frozen=True)
class FinishedRun:
    """A Dag run that has ended.

    :param states: state of each task instance by task id, or ``task_id[map_index]`` where mapped.
    :param errors: what each task instance raised, attempt by attempt.
    """

    dag_id: str
    run_id: str
    state: str
    states: dict[str, str]
    errors: dict[str, list[BaseException]]

    def xcom(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """Return what a task pushed, ``None`` where it pushed nothing."""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session() as session:
            query = XComModel.get_many(
                key=key, task_ids=task_id, dag_ids=self.dag_id, map_indexes=map_index, run_id=self.run_id
            )
            row = session.scalars(query).first()
            return None if row is None else XComModel.deserialize_value(row)


class _ErrorRecorder:
    """An Airflow listener that keeps what tasks raise."""

    def __init__(self) -> None:
        self.errors: defaultdict[str, list[BaseException]] = defaultdict(list)


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """The Airflow home of this test session, with a migrated SQLite database and an empty Dags folder."""
    copy_migrated_database(HOME / "airflow.db")
    return HOME


@pytest.fixture(scope="session")
def postgres_template(airflow_home: Path) -> Iterator[sa.URL]:
    """The address of a PostgreSQL database with Airflow's and the ops tables, to copy: nobody else may be connected."""
    from ops_database import create_tables, engine_of
    from postgres_server import new_database, postgres_url

    with postgres_url() as server, new_database(server) as url:
        engine = engine_of(url)
        create_tables(engine)
        engine.dispose()
        yield url


@pytest.fixture
def postgres_database(postgres_template: sa.URL) -> Iterator[sa.URL]:
    """The address of a PostgreSQL database of this test's own, with Airflow's and the ops tables, empty."""
    from postgres_server import new_database

    with new_database(postgres_template.set(database="postgres"), template=postgres_template.database) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(airflow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with Airflow's and the ops tables, to copy."""
    from ops_database import create_tables, engine_of

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = engine_of(f"sqlite:///{path}")
    create_tables(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def ops_database(request: pytest.FixtureRequest, tmp_path: Path) -> sa.URL:
    """The address of a database of this test's own, with Airflow's and the ops tables: once for each kind."""
    if request.param == "postgresql":
        return cast("sa.URL", request.getfixturevalue("postgres_database"))
    path = tmp_path / "ops.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return sa.make_url(f"sqlite:///{path}")


@pytest.fixture
def run_dag(airflow_home: Path) -> Iterator[Any]:
    """A function ``(dag, conf=None) -> FinishedRun`` that runs a Dag in this process, as ``airflow dags test`` does."""
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager
    from airflow_runs import register_dag

    class Recorder(_ErrorRecorder):
        @hookimpl
        def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
            self.errors[_place(task_instance)].append(error)

    recorder = Recorder()
    get_listener_manager().add_listener(recorder)

    def run(dag: DAG, conf: dict[str, Any] | None = None) -> FinishedRun:
        recorder.errors.clear()
        register_dag(dag)
        dag_run = dag.test(run_conf=conf)
        states = {_place(item): str(item.state) for item in dag_run.get_task_instances()}
        return FinishedRun(dag.dag_id, dag_run.run_id, str(dag_run.state), states, dict(recorder.errors))

    yield run
    get_listener_manager().pm.unregister(recorder)


@pytest.fixture(scope="session")
def running_airflow() -> Iterator[RunningAirflow]:
    """A whole Airflow on SQLite: API server, scheduler with LocalExecutor, Dag processor, triggerer."""
    from running_airflow import RunningAirflow

    home = Path(tempfile.mkdtemp(prefix="airflow-running-"))
    airflow = RunningAirflow(home)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()
        with suppress(OSError):
            shutil.rmtree(home)


def _place(task_instance: Any) -> str:
    suffix = f"[{task_instance.map_index}]" if task_instance.map_index >= 0 else ""
    return f"{task_instance.task_id}{suffix}"
