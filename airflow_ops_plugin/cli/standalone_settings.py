"""The settings of ``airflow ops standalone``: pure functions from its arguments to environment variables."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from airflow_ops_plugin.cli import sqlite_patience

BUNDLE = "dag_factory.airflow_backend.bundle.TemplateDagBundle"
EXECUTOR = "airflow_ops_plugin.executors.local_executor.LocalExecutor"
USER = "admin"
REFRESH_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standalone:
    """What one start of the demo was asked for.

    :param home: absolute; becomes ``AIRFLOW_HOME`` (SQLite needs an absolute path).
    :param templates: absolute path of the templates folder.
    :param host: address the UI listens on.
    :param runs_scripts_in_docker: false makes script nodes local processes, for this start only.
    """

    home: Path
    templates: Path
    host: str
    port: int
    runs_scripts_in_docker: bool = True

    @property
    def url(self) -> str:
        """Address of the UI for a person on this machine."""
        return f"http://localhost:{self.port}"

    @property
    def local_url(self) -> str:
        """Address that the components use: never depends on how a name resolves."""
        return f"http://{self.local_host}:{self.port}"

    @property
    def local_host(self) -> str:
        """The address to connect to on this machine, also where the UI listens on every address."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "localhost", "") else self.host

    @property
    def password_file(self) -> Path:
        """Where Airflow's simple auth manager keeps the password it generated."""
        return self.home / "simple_auth_manager_passwords.json.generated"

    @property
    def environment_file(self) -> Path:
        """What a shell reads so that its ``airflow`` commands are about this demo."""
        return self.home / "environment.sh"


def environment(start: Standalone, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every component; what ``inherited`` sets wins over what is only a preference."""
    chosen = {**_preferred(start), **inherited}
    return {**_database(chosen), **chosen, **_required(start, inherited)}


def shell_text(variables: Mapping[str, str], inherited: Mapping[str, str]) -> str:
    """Return the text of ``environment_file``: the variables that a shell with ``inherited`` lacks."""
    chosen = {name: value for name, value in sorted(variables.items()) if inherited.get(name) != value}
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in chosen.items())


def _database(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the patience that SQLite needs; other databases do not know the argument."""
    if not chosen["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite"):
        return {}
    patience = f"{sqlite_patience.__name__}.CONNECT_ARGS"
    names = ("SQL_ALCHEMY_CONNECT_ARGS", "SQL_ALCHEMY_CONNECT_ARGS_ASYNC")
    return {f"AIRFLOW__DATABASE__{name}": patience for name in names}


def _preferred(start: Standalone) -> dict[str, str]:
    """Settings that a person may override with a variable of the same name."""
    preferred = {
        "AIRFLOW__API__WORKERS": "1",
        # A run that somebody triggers begins; it would wait for ever for a click on the Dag's switch.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # An edited template is a new version at once, not half a minute later.
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{start.home / 'airflow.db'}",
        "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        # Changed files are parsed at once, by modification time: no need to parse the others over and over.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        # A task whose turn has come waits for the scheduler's next look, by default up to a second.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "PYTHONUNBUFFERED": "1",
    }
    if not start.runs_scripts_in_docker:
        preferred["AIRFLOW__OPS__SCRIPT_RUNNER"] = "process"
        preferred["AIRFLOW__OPS__ALLOW_PROCESS_SCRIPTS"] = "True"
    return preferred


def _required(start: Standalone, inherited: Mapping[str, str]) -> dict[str, str]:
    """Settings without which the components of this start would not find each other."""
    bundle = {
        "name": "templates",
        "classpath": BUNDLE,
        "kwargs": {"templates_folder": str(start.templates), "refresh_interval": REFRESH_SECONDS},
    }
    no_proxy = [inherited.get("NO_PROXY") or inherited.get("no_proxy", ""), "localhost", start.local_host]
    without_proxy = ",".join(one for one in no_proxy if one)
    scripts = str(Path(sys.executable).parent)
    return {
        "AIRFLOW_HOME": str(start.home),
        "AIRFLOW__API__BASE_URL": start.url,
        "AIRFLOW__API__HOST": start.host,
        "AIRFLOW__API__PORT": str(start.port),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{start.local_url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": EXECUTOR,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(start.password_file),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        # Airflow's default is one folder for all Airflows of the machine, where two would delete each other's files.
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(start.home / "bundles"),
        "AIRFLOW__OPS__TEMPLATES_FOLDER": str(start.templates),
        "NO_PROXY": without_proxy,
        "no_proxy": without_proxy,
        "PATH": os.pathsep.join([scripts, inherited.get("PATH", os.defpath)]),
    }
