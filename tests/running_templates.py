"""RunningTemplates: a whole running Airflow whose Dags come from a folder of templates."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from running_airflow import RunningAirflow


class RunningTemplates(RunningAirflow):
    """Airflow with one ``TemplateDagBundle``.

    :param home: folder for database, templates and logs.
    """

    def __init__(self, home: Path) -> None:
        self.templates_folder = home / "templates"
        self.templates_folder.mkdir()
        super().__init__(home)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query on Airflow's database."""
        connection = sqlite3.connect(self.home / "airflow.db", timeout=30)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def bundle_version_of(self, dag_id: str) -> str | None:
        """Return the bundle version that new runs of a Dag get; ``None`` where Airflow does not show the Dag."""
        rows = self.query("select bundle_version from dag where dag_id = ? and not is_stale", dag_id)
        return rows[0][0] if rows else None

    def expect_success(self, dag_id: str, run_id: str) -> None:
        """Wait for the end of a run; where it fails, show the logs of the tasks that did."""
        state = self.finish(dag_id, run_id)
        failed = [task_id for task_id, found in self.states(dag_id, run_id).items() if found == "failed"]
        logs = "\n".join(f"== {task_id}\n{self.log(dag_id, run_id, task_id)}" for task_id in failed)
        assert state == "success", (
            f"{dag_id} {run_id}: {self.states(dag_id, run_id)}\n{logs}\n{self._tail('scheduler')}"
        )

    def answer(self, dag_id: str, run_id: str, task_id: str, choice: str) -> None:
        """Answer a manual task as an administrator."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        answer = self.call("PATCH", path, {"chosen_options": [choice], "params_input": {}})
        assert answer.ok, answer.text

    def _settings(self) -> dict[str, str]:
        bundle = {
            "name": "templates",
            "classpath": "dag_factory.airflow_backend.bundle.TemplateDagBundle",
            "kwargs": {"refresh_interval": 1},
        }
        return super()._settings() | {
            "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.home / "bundles"),
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        }
