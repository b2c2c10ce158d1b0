"""An Airflow metadata database that is migrated once for all processes of a test session; tests work on copies."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VARIABLE = "OPS_TESTS_SHARED_FOLDER"
"""Environment variable with the session's folder; pytest-xdist's workers inherit it from the process they serve."""


def share_folder() -> None:
    """Make the session's folder, in the process that starts it; removed at its end."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="airflow-tests-shared-")
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)


def copy_migrated_database(target: Path) -> None:
    """Write a migrated SQLite database to ``target``."""
    folder = Path(os.environ[VARIABLE])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "airflow.db").exists():
            _migrate(folder)
    shutil.copyfile(folder / "airflow.db", target)


def _migrate(folder: Path) -> None:
    file = folder / "part.db"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    settings = {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{file}",
    }
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    done = subprocess.run(command, env=inherited | settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    file.rename(folder / "airflow.db")
