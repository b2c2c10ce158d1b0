"""A real PostgreSQL for tests and benchmarks: the one of ``TEST_DATABASE_URL``, or a server of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

PROGRAMS = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt"))
USERS = ("postgres", "nobody")


@contextmanager
def postgres_url() -> Iterator[sa.URL]:
    """Give the address of a server on which databases may be created."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield sa.make_url(given).set(drivername="postgresql+psycopg2")
        return
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        with _own_server(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: sa.URL, template: str | None = None) -> Iterator[sa.URL]:
    """Give the address of a new database, empty or a copy of ``template``, and drop it afterwards."""
    name = f"ops_{uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    try:
        yield server.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def _own_server(folder: Path) -> Iterator[sa.URL]:
    """Start a server in ``folder``; PostgreSQL refuses to run as root, so root starts it as somebody else."""
    programs, user, data = _programs(), _user(), folder / "data"
    if user:
        shutil.chown(folder, user)
    port = _free_port()
    _run(
        user, programs / "initdb", "-D", data, "-U", "ops", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=100"
    log = folder / "server.log"
    _run(user, programs / "pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
    try:
        yield sa.make_url(f"postgresql+psycopg2://ops@127.0.0.1:{port}/postgres")
    finally:
        _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path:
    """Return the folder of the newest server's programs.

    :raises RuntimeError: there is none.
    """
    found = [one for folder in PROGRAMS for one in folder.glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path))
    if not found:
        raise RuntimeError("no PostgreSQL server is installed; install postgresql, or set TEST_DATABASE_URL")
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()]).parent


def _user() -> str | None:
    """Return whose process the server becomes; ``None`` for this one's."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in USERS if name in known)


def _run(user: str | None, *command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
