"""``airflow ops standalone``: all of Airflow with the templates of a folder, in one terminal, to look at."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx

from airflow_ops_plugin.cli.docker_engine import EngineUnusableError, require_engine
from airflow_ops_plugin.cli.standalone_settings import USER, Standalone, environment, shell_text
from airflow_ops_plugin.cli.supervisor import Census, ComponentDiedError, StopRequestedError, Supervisor
from airflow_ops_plugin.library import LibraryMissingError, library_folder

FIRST_CLICKS = ("daily_health_check", "capacity_report")
DEFAULT_IMAGE = "python:3.11-slim-bookworm"
COLOURS = {"api-server": 35, "scheduler": 34, "dag-processor": 33, "triggerer": 36, "engine": 31, "standalone": 32}


class CannotStartError(Exception):
    """Something must change before the demo can start; the message says what."""


def standalone(args: argparse.Namespace) -> None:
    """Run the demo until it is stopped, and leave with the exit code that ``--help`` describes."""
    try:
        raise SystemExit(_run(args))
    except (CannotStartError, LibraryMissingError) as error:
        print(f"airflow ops standalone: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _run(args: argparse.Namespace) -> int:
    _require_free_port(args.host, args.port)
    home = Path(args.home or os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser().absolute()
    home.mkdir(parents=True, exist_ok=True)
    with _only_one(home):
        templates = _templates_folder(args.templates, home)
        start = Standalone(home=home, templates=templates, host=args.host, port=args.port)
        start = _with_usable_runner(start)
        variables = environment(start, os.environ)
        start.environment_file.write_text(shell_text(variables, os.environ))
        with Supervisor(start, environment=variables, show=_print_line, is_verbose=args.verbose) as supervisor:
            return _supervise(supervisor, start)


def _supervise(supervisor: Supervisor, start: Standalone) -> int:
    try:
        _say(f"preparing the database in {start.home}")
        supervisor.migrate()
        _say("starting the components (about half a minute)")
        supervisor.start_all()
        has_templates = any(start.templates.glob("**/*.json")) or any(start.templates.glob("**/*.bpmn"))
        _print_banner(start, supervisor.password(), supervisor.count_dags(is_any_expected=has_templates))
        supervisor.watch()
    except StopRequestedError:
        _say("stopping everything (15 seconds at most)")
        return 0
    except (ComponentDiedError, httpx.HTTPError) as error:
        _say(f"{error}; stopping everything")
        return 1
    return 0


def _require_free_port(host: str, port: int) -> None:
    """Raise ``CannotStartError`` when something listens at ``port`` already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            advice = "stop what uses it, or choose another with --port (make run PORT=...)"
            raise CannotStartError(f"port {port} of {host} cannot be used ({error.strerror}); {advice}") from error


def _only_one(home: Path) -> IO[str]:
    """Return the open lock file of ``home``; raise ``CannotStartError`` when another demo holds it."""
    lock = (home / "standalone.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise CannotStartError(f"another 'airflow ops standalone' runs in {home}; stop it, or use --home") from error
    return lock


def _templates_folder(given: Path | None, home: Path) -> Path:
    """Return the templates folder, filling the default one from the library when it does not exist yet."""
    if given is not None:
        if not given.is_dir():
            raise CannotStartError(f"--templates {given}: there is no such folder")
        return given.absolute()
    folder = home / "templates"
    if not folder.exists():
        shutil.copytree(library_folder(), folder)
        _say(f"copied the template library to {folder}")
    return folder


def _with_usable_runner(start: Standalone) -> Standalone:
    """Return ``start`` with scripts as local processes, loudly, where Docker cannot run them."""
    if os.environ.get("AIRFLOW__OPS__SCRIPT_RUNNER"):
        return start
    image = os.environ.get("AIRFLOW__OPS__SCRIPT_IMAGE") or DEFAULT_IMAGE
    try:
        require_engine(url=os.environ.get("AIRFLOW__OPS__DOCKER_URL") or None, image=image, announce=_say)
    except EngineUnusableError as error:
        _say("=" * 88)
        _say(f"WARNING: {error}.")
        _say("Script nodes run as LOCAL PROCESSES of your user, WITHOUT isolation, in this demo only.")
        _say("Any other start of Airflow keeps to Docker, and a script fails where there is none.")
        _say("=" * 88)
        return Standalone(
            home=start.home, templates=start.templates, host=start.host, port=start.port, runs_scripts_in_docker=False
        )
    return start


def _print_banner(start: Standalone, password: str, census: Census) -> None:
    errors = f", {census.import_errors} with errors (see the red note in the UI)" if census.import_errors else ""
    lines = [
        "",
        f"Airflow is ready:  {start.url}",
        f"log in with:       {USER} / {password}",
        f"templates folder:  {start.templates} ({census.dags} Dags{errors})",
        f"all log lines:     {start.home / 'logs' / 'standalone'}",
        f"airflow commands:  in another terminal, after: source {start.environment_file}",
        "",
        *_first_clicks(start),
        "Drop a .json or .bpmn file into the templates folder: it is a Dag within 10 seconds.",
        "Ctrl-C stops all of it.",
        "",
    ]
    for line in lines:
        _say(line)


def _first_clicks(start: Standalone) -> list[str]:
    present = [name for name in FIRST_CLICKS if any(start.templates.glob(f"{name}.*"))]
    if not present:
        return []
    links = [f"   {start.url}/dags/{name}" for name in present]
    return ["What to click first (they need no set-up): open one and press Trigger", *links, ""]


_printing = threading.Lock()


def _say(line: str) -> None:
    _print_line("standalone", line)


def _print_line(name: str, line: str) -> None:
    """Print one line of a component; a terminal that is gone must not keep the components from being stopped."""
    label = f"{name:<13}"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
    with _printing, suppress(OSError, ValueError):
        print(f"{label} | {line}", flush=True)
