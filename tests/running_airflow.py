"""RunningAirflow: the real components of Airflow as processes, and its REST API as a user sees it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from migrated_database import copy_migrated_database

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
USERS = ("admin", "viewer", "op", "user")
"""User names; each is also the password and the role."""

FINISHED = ("success", "failed")
EXECUTOR = "airflow_ops_plugin.executors.local_executor.LocalExecutor"


class RunningAirflow:
    """API server, scheduler with LocalExecutor, Dag processor and triggerer, in a home of their own.

    :param home: folder for database, Dags and logs.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.dags_folder = home / "dags"
        self.dags_folder.mkdir()
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._tokens: dict[str, str] = {}
        self._environment = self._settings()

    def start(self) -> None:
        """Start the components on a migrated database and wait until all are healthy."""
        (self.home / "passwords.json").write_text(json.dumps({name: name for name in USERS}))
        self._prepare_database()
        for component in ("api-server", "scheduler", "dag-processor", "triggerer"):
            self.start_component(component)
        self.wait_until(self._is_healthy, "all components", 300)

    def stop(self) -> None:
        """End all components and everything they started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            running = [process for process in self._processes.values() if process.poll() is None]
            for process in running:
                os.killpg(process.pid, number)
            _wait_for_end(running, seconds=15)
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def start_component(self, name: str) -> None:
        """Start one component, such as ``scheduler`` or ``ops engine``, unless it runs already.

        Its output goes to ``<home>/<name>.log``.
        """
        if name in self._processes and self._processes[name].poll() is None:
            return
        with (self.home / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *name.split()],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,
            )

    def end_component(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to one component and everything it started, and wait for its end."""
        process = self._processes.pop(name)
        os.killpg(process.pid, number)
        _wait_for_end([process], seconds=30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def pid(self, name: str) -> int:
        """Return the process id of a component."""
        return self._processes[name].pid

    def call(
        self, method: str, path: str, body: Any = None, user: str = "admin", below: str = "/api/v2"
    ) -> requests.Response:
        """Call Airflow's REST API, or the one ``below`` another path, as a user."""
        headers = {"Authorization": f"Bearer {self._token(user)}"}
        return requests.request(method, f"{self.url}{below}{path}", json=body, headers=headers, timeout=120)

    def add_dag(self, dag_id: str, source: str) -> None:
        """Write a Dag file and wait until Airflow knows its Dag."""
        (self.dags_folder / f"{dag_id}.py").write_text(source)
        self.wait_until(lambda: self.call("GET", f"/dags/{dag_id}/details").ok, f"the Dag {dag_id}", 180)

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        answer = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        assert answer.ok, answer.text
        return str(answer.json()["dag_run_id"])

    def finish(self, dag_id: str, run_id: str, timeout: float = 300) -> str:
        """Wait for the end of a run and return its state; where it failed, print why for the test's report."""

        def state() -> str | None:
            found = self.call("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}").json()["state"]
            return found if found in FINISHED else None

        found = self.wait_until(state, f"the end of {dag_id} {run_id}", timeout)
        for task_id in (name for name, state in self.states(dag_id, run_id).items() if state == "failed"):
            attempt = self.task(dag_id, run_id, task_id)["try_number"]
            print(f"{dag_id}.{task_id} failed:", self.log(dag_id, run_id, task_id, attempt)[-5000:])
        return found

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        """Return a task instance."""
        answer = self.call("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}")
        assert answer.ok, answer.text
        return dict(answer.json())

    def wait_for_task(self, dag_id: str, run_id: str, task_id: str, state: str, timeout: float = 180) -> dict[str, Any]:
        """Wait until a task instance is in a state and return it."""

        def found() -> dict[str, Any] | None:
            task = self.task(dag_id, run_id, task_id)
            return task if task["state"] == state else None

        return self.wait_until(found, f"{dag_id}.{task_id} {state}", timeout)

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the state of each task of a run."""
        answer = self.call("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances").json()
        return {task["task_id"]: task["state"] for task in answer["task_instances"]}

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return all runs of a Dag."""
        return list(self.call("GET", f"/dags/{dag_id}/dagRuns").json()["dag_runs"])

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return what a task pushed, ``None`` where it pushed nothing."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self.call("GET", path)
        return answer.json()["value"] if answer.ok else None

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int = 1) -> str:
        """Return the log of one attempt."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/logs/{attempt}?full_content=true"
        return self.call("GET", path).text

    def wait_until(self, found: Callable[[], T | None], what: str, timeout: float) -> T:
        """Return what ``found`` returns as soon as it is something.

        :raises AssertionError: it is nothing for ``timeout`` seconds, or a component died.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} died:\n{self._tail(name)}"
            if value := found():
                return value
            time.sleep(0.3)
        logs = "\n".join(f"== {name}\n{self._tail(name)}" for name in self._processes)
        raise AssertionError(f"no {what} within {timeout} s\n{logs}")

    def _prepare_database(self) -> None:
        """Make the migrated database that the components use."""
        copy_migrated_database(self.home / "airflow.db")

    def _settings(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        return inherited | {
            "PYTHONPATH": os.pathsep.join(paths),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags_folder),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__EXECUTOR": EXECUTOR,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home / "passwords.json"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{name}" for name in USERS),
            "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.home / "bundles"),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home / 'airflow.db'}",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
        }

    def _is_healthy(self) -> bool:
        try:
            health = requests.get(f"{self.url}/api/v2/monitor/health", timeout=30).json()
        except requests.RequestException:
            return False
        return all(health[name]["status"] == "healthy" for name in ("scheduler", "dag_processor", "triggerer"))

    def _token(self, user: str) -> str:
        if user not in self._tokens:
            answer = requests.post(f"{self.url}/auth/token", json={"username": user, "password": user}, timeout=120)
            assert answer.ok, answer.text
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def _tail(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text(errors="replace")[-3000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_end(processes: Iterable[subprocess.Popen[bytes]], *, seconds: float) -> None:
    """Wait until all have ended, for ``seconds`` in all."""
    deadline = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
