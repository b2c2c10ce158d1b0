"""AgentAirflow: a whole running Airflow with the operations API and the engine, and what users do there with agents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests
from running_templates import RunningTemplates


class AgentAirflow(RunningTemplates):
    """Airflow whose Dags come from templates, with agents.

    :param connections: address of a Docker engine by the id of the connection that gets it.
    """

    def __init__(self, home: Path, connections: dict[str, str]) -> None:
        self._connections = connections
        super().__init__(home)

    def start(self) -> None:
        """Start the components, the engine too."""
        super().start()
        self.start_component("ops engine")

    def ops(self, method: str, path: str, body: Any = None, user: str = "admin") -> requests.Response:
        """Call the operations API below ``/ops/v1`` as a user."""
        headers = {"Authorization": f"Bearer {self._token(user)}"}
        return requests.request(method, f"{self.url}/ops/v1{path}", json=body, headers=headers, timeout=60)

    def register(self, **agent: Any) -> None:
        """Register an agent, or change the one of that name."""
        answer = self.ops("POST", "/agents/import", {"agents": [agent]})
        assert answer.ok, answer.text
        self.set_status(agent["name"], "available")

    def set_status(self, name: str, status: str) -> None:
        """Give an agent a status."""
        answer = self.ops("POST", f"/agents/{name}/status", {"status": status})
        assert answer.ok, answer.text

    def agent(self, name: str) -> dict[str, Any]:
        """Return an agent."""
        return dict(self.ops("GET", f"/agents/{name}").json())

    def work(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the work items of a run."""
        answer = self.ops("GET", f"/work-items?dag_id={dag_id}&run_id={requests.utils.quote(run_id)}&limit=500")
        assert answer.ok, answer.text
        return list(answer.json()["items"])

    def assignments(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return all assignments of a run, the oldest first."""
        query = f"dag_id={dag_id}&run_id={requests.utils.quote(run_id)}&limit=500&order_by=assigned_at"
        answer = self.ops("GET", f"/assignments?{query}")
        assert answer.ok, answer.text
        return list(answer.json()["items"])

    def start_run(self, template: dict[str, Any]) -> tuple[str, str]:
        """Drop a template, wait for its Dag, start a run and return the Dag's and the run's id."""
        dag_id = template["id"]
        (self.templates_folder / f"{dag_id}.json").write_text(json.dumps(template))
        self.wait_until(lambda: self.bundle_version_of(dag_id), f"the Dag {dag_id}", 120)
        return dag_id, self.trigger(dag_id)

    def _settings(self) -> dict[str, str]:
        connections = {
            f"AIRFLOW_CONN_{name.upper()}": json.dumps({"conn_type": "docker", "host": url})
            for name, url in self._connections.items()
        }
        return (
            super()._settings()
            | connections
            | {
                "AIRFLOW__CORE__PARALLELISM": "8",
                "AIRFLOW__OPS__DOCKER_PING_INTERVAL_SECONDS": "3",
                "AIRFLOW__OPS__DOCKER_SILENCE_SECONDS": "15",
                "AIRFLOW__OPS__SCRIPT_ENGINE_WAIT_SECONDS": "60",
            }
        )
