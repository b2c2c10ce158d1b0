"""Scripts as tasks of an Airflow that a test may interrupt, and the containers they leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from docker import APIClient
from migrated_database import copy_migrated_database

ROOT = Path(__file__).parents[2]
IMAGE = "python:3.11-slim-bookworm"


@dataclass(frozen=True)
class Outcome:
    """What became of one try."""

    state: str
    error: str
    log: str
    return_value: dict[str, Any]
    variables: dict[str, Any] | None
    rendered: list[Any]


@dataclass
class Try:
    """One running try of a task."""

    host: TaskHost
    pid: int
    log_file: Path
    outcome_file: Path

    @property
    def log(self) -> str:
        """The task's log so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the task's process."""
        os.kill(self.pid, number)

    def wait(self) -> Outcome | None:
        """Return how the try ended; ``None`` where it was killed."""
        self.host.ask({"do": "wait", "pid": self.pid})
        if not self.outcome_file.exists():
            return None
        data = json.loads(self.outcome_file.read_text())
        assert data["state"] != "crashed", data["error"] + self.log
        return Outcome(
            state=data["state"].rpartition(".")[2].lower(),
            error=data["error"] or "",
            log=self.log,
            return_value=data["return_value"] or {},
            variables=data["variables"],
            rendered=data["rendered"],
        )

    def finish(self) -> Outcome:
        """Return how the try ended, which must not have been killed."""
        outcome = self.wait()
        assert outcome is not None, self.log
        return outcome


@dataclass
class Script:
    """A task of a script node in a run of its own; each ``start`` is its next try."""

    host: TaskHost
    folder: Path
    arguments: dict[str, Any]
    timeout: float | None = None
    retries: int = 3
    params: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    dag: str = field(default_factory=lambda: f"dag_{uuid.uuid4().hex}")
    tries: int = 0

    def start(self, *, is_cleared: bool = False) -> Try:
        """Start the next try; ``is_cleared``: after somebody cleared the task."""
        self.tries += 1
        log, outcome = (self.folder / f"{self.dag}-{self.tries}.{ending}" for ending in ("log", "json"))
        answer = self.host.ask(
            {
                "do": "start",
                "dag": self.dag,
                "arguments": self.arguments,
                "timeout": self.timeout,
                "retries": self.retries,
                "params": self.params,
                "environment": self.environment,
                "is_cleared": is_cleared,
                "log": str(log),
                "outcome": str(outcome),
            }
        )
        return Try(self.host, answer["pid"], log, outcome)

    def run(self, *, is_cleared: bool = False) -> Outcome:
        """Run the next try to its end."""
        return self.start(is_cleared=is_cleared).finish()


class TaskHost:
    """The process that runs tries; see ``script_task_host``."""

    def __init__(self, home: Path) -> None:
        copy_migrated_database(home / "airflow.db")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))},
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
            "AIRFLOW_CONN_TOOL": "http://tester:swordfish-of-the-connection@tool.example:8443/base?token=extra-token-9",
            "AIRFLOW_VAR_API_KEY": "key-from-a-variable",
            "PYTHONPATH": str(ROOT),
        }
        self._errors = (home / "host.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("script_task_host.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            text=True,
            cwd=home,
        )
        while "ready" not in self._read():
            pass

    def ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Return the host's answer to ``command``."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._errors.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                return cast("dict[str, Any]", json.loads(line))
        raise RuntimeError(f"the task host ended; see {self._errors.name}")


ScriptFactory = Callable[..., Script]


def find_containers(client: APIClient, script: Script) -> list[dict[str, Any]]:
    """Return the containers of ``script``'s task, also those that have ended."""
    return cast("list[dict[str, Any]]", client.containers(all=True, filters={"label": f"airflow-ops.dag={script.dag}"}))


def wait_for(condition: Callable[[], Any], *, seconds: float = 180) -> Any:
    """Return the first true value of ``condition``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")
