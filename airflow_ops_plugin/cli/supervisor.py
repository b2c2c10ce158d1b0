"""The components of ``airflow ops standalone`` as a whole: order of start, health, order of stop."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType, TracebackType

import httpx

from airflow_ops_plugin.cli import component as component_module
from airflow_ops_plugin.cli.component import Component
from airflow_ops_plugin.cli.standalone_settings import USER, Standalone

START_LIMIT_SECONDS = 180.0
FIRST_PARSE_LIMIT_SECONDS = 40.0
POLL_SECONDS = 0.25
# Together below the 15 seconds within which everything is promised to be gone.
TASKS_PATIENCE_SECONDS = 5.0
OTHERS_PATIENCE_SECONDS = 4.0
KILL_PATIENCE_SECONDS = 4.0


class StopRequestedError(Exception):
    """A person asked for the end: Ctrl-C, SIGTERM, or the terminal went away."""


class ComponentDiedError(Exception):
    """A component ended by itself, or did not come up; the message says where to read why."""


@dataclass(frozen=True, slots=True)
class Census:
    """How many templates became Dags, and how many files have errors."""

    dags: int
    import_errors: int


class Supervisor:
    """Starts the components, watches them, and leaves none behind; a context manager.

    :param show: prints one line of a component: its name and the line.
    """

    def __init__(
        self,
        start: Standalone,
        *,
        environment: Mapping[str, str],
        show: Callable[[str, str], None],
        is_verbose: bool,
    ) -> None:
        self._start = start
        self._environment = environment
        self._show = show
        self._is_verbose = is_verbose
        self._components: dict[str, Component] = {}
        self._is_stopping = threading.Event()
        self._log_folder = start.home / "logs" / "standalone"
        self._http = httpx.Client(base_url=start.local_url, timeout=30, trust_env=False)

    def __enter__(self) -> Supervisor:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        component_module.adopt_orphans()
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self._request_stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop what runs tasks first, while the API server still takes their last words; then everything else."""
        scheduler = self._components.pop("scheduler", None)
        if scheduler:
            component_module.stop(scheduler.tree(), patience_seconds=TASKS_PATIENCE_SECONDS)
        others = [process for one in self._components.values() for process in one.tree()]
        component_module.stop(others, patience_seconds=OTHERS_PATIENCE_SECONDS)
        component_module.kill_descendants(until_seconds=KILL_PATIENCE_SECONDS)
        self._http.close()

    def migrate(self) -> None:
        """Create or upgrade the metadata database.

        :raises ComponentDiedError: the migration failed.
        """
        migration = self._launch("migrate", "db", "migrate")
        self._wait_until(lambda: migration.exit_code is not None, "the migration of the database")
        del self._components["migrate"]
        if code := migration.wait():
            raise ComponentDiedError(f"the database could not be migrated (exit code {code}); see {migration.log_file}")

    def start_all(self) -> None:
        """Start every component: the scheduler after the API server, which its tasks cannot do without.

        :raises ComponentDiedError: one ended, or was not healthy in time.
        """
        self._launch("api-server", "api-server")
        self._launch("dag-processor", "dag-processor")
        self._wait_until(lambda: self._is_healthy("metadatabase"), "the API server")
        self._launch("scheduler", "scheduler", "--skip-serve-logs")
        self._launch("triggerer", "triggerer", "--skip-serve-logs")
        self._launch("engine", "ops", "engine")
        self._wait_until(lambda: self._is_healthy("scheduler", "triggerer", "dag_processor"), "the components")

    def count_dags(self, *, is_any_expected: bool) -> Census:
        """Return what the templates folder became, waiting a while for the first Dag where one is expected."""
        token = self._http.post("/auth/token", json={"username": USER, "password": self.password()})
        token.raise_for_status()
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        deadline = time.monotonic() + FIRST_PARSE_LIMIT_SECONDS
        while True:
            census = Census(self._total("/api/v2/dags", headers), self._total("/api/v2/importErrors", headers))
            if census.dags or census.import_errors or not is_any_expected or time.monotonic() > deadline:
                return census
            self._pause()

    def password(self) -> str:
        """Return the password that Airflow generated for the one user there is."""
        return str(json.loads(self._start.password_file.read_text())[USER])

    def watch(self) -> None:
        """Return never.

        :raises StopRequestedError: a person asked for the end.
        :raises ComponentDiedError: a component ended by itself.
        """
        while True:
            self._pause()

    def _launch(self, name: str, *command: str) -> Component:
        self._components[name] = Component(
            name,
            command,
            environment=self._environment,
            log_folder=self._log_folder,
            show=self._show,
            is_verbose=self._is_verbose,
        )
        return self._components[name]

    def _wait_until(self, is_done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not is_done():
            if time.monotonic() > deadline:
                limit = f"{START_LIMIT_SECONDS:.0f} s"
                raise ComponentDiedError(f"{what} did not get ready within {limit}; see {self._log_folder}")
            self._pause()

    def _pause(self) -> None:
        """Let a moment pass.

        :raises StopRequestedError: a person asked for the end.
        :raises ComponentDiedError: a component ended by itself.
        """
        if self._is_stopping.wait(POLL_SECONDS):
            raise StopRequestedError
        for one in self._components.values():
            if one.name != "migrate" and one.exit_code is not None:
                raise ComponentDiedError(f"{one.name} ended with exit code {one.exit_code}; see {one.log_file}")

    def _is_healthy(self, *names: str) -> bool:
        try:
            health = self._http.get("/api/v2/monitor/health").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return False
        return all((health.get(name) or {}).get("status") == "healthy" for name in names)

    def _total(self, path: str, headers: Mapping[str, str]) -> int:
        answer = self._http.get(path, params={"limit": 1}, headers=dict(headers))
        return int(answer.raise_for_status().json()["total_entries"])

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping.set()
