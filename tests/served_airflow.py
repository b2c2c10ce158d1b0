"""ServedAirflow: Airflow's API server alone, on a database that is given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import requests
import sqlalchemy as sa
from running_airflow import USERS, RunningAirflow

TESTS = Path(__file__).parent


class ServedAirflow(RunningAirflow):
    """The API server with the plugin; other components only where they are started by name.

    :param database: has Airflow's and the ops tables, or gets them by ``migrate``.
    """

    def __init__(self, home: Path, database: sa.URL) -> None:
        self._database = database
        super().__init__(home)

    def migrate(self) -> None:
        """Create the tables as an installation does."""
        self.run_python("-m", "airflow", "db", "migrate")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        (self.home / "passwords.json").write_text(json.dumps({name: name for name in USERS}))
        self.start_component("api-server")
        self.wait_until(self._is_answering, "API server", 300)

    def restart(self) -> None:
        """Start another server, in which nothing is warm."""
        self.end_component("api-server")
        self.start()

    def token(self) -> str:
        """Return the token of the administrator."""
        return self._token("admin")

    def run_python(self, *arguments: str) -> str:
        """Run Python on the database and return what it prints."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=self._environment, cwd=TESTS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _is_answering(self) -> bool:
        try:
            return requests.get(f"{self.url}/api/v2/version", timeout=30).ok
        except requests.RequestException:
            return False

    def _settings(self) -> dict[str, str]:
        address = self._database.render_as_string(hide_password=False)
        return super()._settings() | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address}
