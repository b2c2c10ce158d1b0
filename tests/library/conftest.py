"""What runs a template of the library to its end, with people's answers given through Airflow's REST API."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from dag_factory.compiler import TemplateSource, compile_template

LIBRARY = Path(__file__).parents[2] / "templates"
RunTemplate = Callable[..., Any]


class ApiServer:
    """Airflow's API server on the database of this test session."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "api-server.log"
        settings = {
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "airflow",
                    "api-server",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(port),
                    "--workers",
                    "1",
                ],
                env=os.environ | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it answers, and log in."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log.read_text()[-3000:]
            try:
                answer = requests.get(f"{self.url}/auth/token", timeout=30)
                self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
                return
            except requests.ConnectionError:
                time.sleep(0.5)
        raise AssertionError(f"the API server does not answer:\n{self.log.read_text()[-3000:]}")

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call the REST API below ``/api/v2`` as an administrator."""
        return requests.request(method, f"{self.url}/api/v2{path}", headers=self._headers, timeout=60, **arguments)

    def stop(self) -> None:
        """End it and all that it started."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @contextmanager
    def answers(self, dag_id: str, given: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Iterator[None]:
        """Answer the requests of the newest run of a Dag while the block runs.

        :param given: task id -> the option chosen and what is filled in.
        """
        is_over = threading.Event()
        thread = threading.Thread(target=self._answer_until, args=(is_over, dag_id, given), daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _answer_until(
        self, is_over: threading.Event, dag_id: str, given: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> None:
        while not is_over.wait(0.3):
            found = self.call(
                "GET", f"/dags/{dag_id}/dagRuns/~/hitlDetails?response_received=false&state=awaiting_input"
            )
            for request in found.json().get("hitl_details", ()):
                task = request["task_instance"]
                if task["task_id"] not in given:
                    continue
                option, form = given[task["task_id"]]
                run_id = requests.utils.quote(task["dag_run_id"])
                path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task['task_id']}/-1/hitlDetails"
                self.call("PATCH", path, json={"chosen_options": [option], "params_input": dict(form)})


@pytest.fixture(scope="session")
def api_server(airflow_home: Path) -> Iterator[ApiServer]:
    """The API server through which people answer."""
    server = ApiServer(airflow_home)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def run_template(run_dag: Any, api_server: ApiServer) -> RunTemplate:
    """A function ``(name, conf, answers) -> FinishedRun`` that runs a template of the library, scripts in Docker."""
    from dag_factory.airflow_backend.build_dag import build_dag

    def run(
        name: str,
        conf: Mapping[str, Any] | None = None,
        answers: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
    ) -> Any:
        path = next(LIBRARY.glob(f"{name}.*"))
        compiled = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))
        [spec] = compiled.dags
        with api_server.answers(spec.dag_id, answers or {}):
            return run_dag(build_dag(spec), dict(conf or {}))

    return run
