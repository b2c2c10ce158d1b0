"""RunningProcesses: a whole running Airflow with Dags compiled from BPMN texts."""

from __future__ import annotations

from running_airflow import RunningAirflow

from dag_factory.compiler import TemplateSource, compile_template

DAG_FILE = """
from pathlib import Path
from dag_factory.airflow_backend.build_dag import build_dag
from dag_factory.dag_spec import DagSpec

dag = build_dag(DagSpec.from_json(Path(__file__).with_suffix(".json").read_text()))
"""


class RunningProcesses(RunningAirflow):
    """Airflow whose scripts run as local processes."""

    def add_processes(self, content: bytes) -> list[str]:
        """Add the Dags of a BPMN text and return their ids."""
        compiled = compile_template(TemplateSource("test.bpmn", content))
        assert not compiled.is_broken, [item.render("test.bpmn") for item in compiled.diagnostics]
        for spec in compiled.dags:
            (self.dags_folder / f"{spec.dag_id}.json").write_text(spec.to_json())
            (self.dags_folder / f"{spec.dag_id}.py").write_text(DAG_FILE)
        return [spec.dag_id for spec in compiled.dags]

    def wait_for_dag(self, dag_id: str) -> None:
        """Wait until Airflow knows a Dag."""
        self.wait_until(lambda: self.call("GET", f"/dags/{dag_id}/details").ok, f"the Dag {dag_id}", 180)

    def passed(self, dag_id: str, run_id: str, *nodes: str) -> set[str]:
        """Return which of ``nodes`` have run with success."""
        states = self.states(dag_id, run_id)
        return {node for node in nodes if states.get(node) == "success"}

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
            "AIRFLOW__OPS__SCRIPT_RUNNER": "process",
            "AIRFLOW__OPS__MESSAGE_CHECK_SECONDS": "5",
        }
