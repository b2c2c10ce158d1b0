"""RunningProcesses: a whole running Airflow with Dags compiled from BPMN texts."""

from __future__ import annotations

from running_airflow import RunningAirflow

DAG_FILE = """
from pathlib import Path
from dag_factory.airflow_backend.build_dag import build_dag
from dag_factory.compiler import TemplateSource, compile_template

path = Path(__file__).with_suffix(".bpmn")
compiled = compile_template(TemplateSource(path.name, path.read_bytes()))
assert not compiled.is_broken, [item.render(path.name) for item in compiled.diagnostics]
for spec in compiled.dags:
    globals()[spec.dag_id.replace(".", "_")] = build_dag(spec)
"""


class RunningProcesses(RunningAirflow):
    """Airflow whose scripts run as local processes."""

    def add_processes(self, name: str, content: bytes, dag_ids: list[str]) -> None:
        """Add a BPMN file and wait until Airflow knows its Dags."""
        (self.dags_folder / f"{name}.bpmn").write_bytes(content)
        (self.dags_folder / f"{name}.py").write_text(DAG_FILE)
        for dag_id in dag_ids:
            self.wait_until(
                lambda dag_id=dag_id: self.call("GET", f"/dags/{dag_id}/details").ok,  # type: ignore[misc]
                f"the Dag {dag_id}",
                120,
            )

    def passed(self, dag_id: str, run_id: str, *nodes: str) -> set[str]:
        """Return which of ``nodes`` have run with success."""
        states = self.states(dag_id, run_id)
        return {node for node in nodes if states.get(node) == "success"}

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__OPS__SCRIPT_RUNNER": "process",
            "AIRFLOW__OPS__MESSAGE_CHECK_SECONDS": "5",
        }
