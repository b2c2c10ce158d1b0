"""StandaloneAirflow: ``airflow ops standalone`` as a person starts it, in a home of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from running_airflow import RunningAirflow

READY = "Ctrl-C stops all of it."


class StandaloneAirflow(RunningAirflow):
    """The demo with a templates folder that is empty at first.

    :param home: folder for everything; must not exist yet.
    """

    def __init__(self, home: Path, *options: str) -> None:
        home.mkdir(exist_ok=True)
        super().__init__(home)
        self.templates_folder = home / "own_templates"
        self.templates_folder.mkdir()
        self._options = options

    def start(self) -> None:
        """Start the command and wait until it says that Airflow is ready."""
        command = [sys.executable, "-m", "airflow", "ops", "standalone", "--port", str(self.port)]
        command += ["--home", str(self.home), "--templates", str(self.templates_folder), *self._options]
        with (self.home / "standalone.log").open("ab") as log:
            self._processes["standalone"] = subprocess.Popen(
                command, env=self._settings(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.wait_until(lambda: READY in self.output, "ready message", 400)

    @property
    def output(self) -> str:
        """What the command has printed so far."""
        return (self.home / "standalone.log").read_text()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The command itself."""
        return self._processes["standalone"]

    def descendants(self) -> list[psutil.Process]:
        """Return every process that the command started, directly or not."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGINT) -> float:
        """Send a signal to the command alone and return the seconds until it has ended."""
        started = time.monotonic()
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(timeout=120)
        return time.monotonic() - started

    def drop(self, name: str, template: dict[str, Any] | str) -> Path:
        """Write a template into the templates folder."""
        path = self.templates_folder / name
        path.write_text(template if isinstance(template, str) else json.dumps(template, indent=2))
        return path

    def is_visible(self, dag_id: str) -> bool:
        """Whether the Dag can be seen and triggered now."""
        answer = self.call("GET", f"/dags/{dag_id}")
        return answer.ok and not answer.json()["is_stale"]

    def version_of(self, dag_id: str) -> int:
        """Return the number of the newest version of a Dag."""
        versions = self.call("GET", f"/dags/{dag_id}/dagVersions").json()["dag_versions"]
        return max(version["version_number"] for version in versions)

    def start_run(self, dag_id: str) -> str:
        """Unpause the Dag, as the trigger form does, start a run and return its id."""
        assert self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False}).ok
        return self.trigger(dag_id)

    def answer(self, dag_id: str, run_id: str, task_id: str, choice: str) -> None:
        """Answer a manual task by REST, as the person who is logged in."""
        self.wait_for_task(dag_id, run_id, task_id, "awaiting_input")
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        answer = self.call("PATCH", path, {"chosen_options": [choice], "params_input": {}})
        assert answer.ok, answer.text

    def import_errors(self) -> dict[str, str]:
        """Return what the UI shows about files with errors, by file."""
        listed = self.call("GET", "/importErrors").json()["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in listed}

    def _settings(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}

    def _token(self, user: str) -> str:
        if user not in self._tokens:
            password = re.search(r"log in with: +admin / (\S+)", self.output)
            assert password, self.output
            self._tokens[user] = self._log_in("admin", password.group(1))
        return self._tokens[user]

    def _log_in(self, user: str, password: str) -> str:
        import requests

        answer = requests.post(f"{self.url}/auth/token", json={"username": user, "password": password}, timeout=30)
        assert answer.ok, answer.text
        return str(answer.json()["access_token"])
