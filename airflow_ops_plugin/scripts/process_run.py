"""Runs a script as a local process of the worker: for demonstrations and for deployments that chose it."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from airflow_ops_plugin.scripts.output import STDERR, STDOUT

if TYPE_CHECKING:
    from airflow_ops_plugin.scripts.job import ScriptJob
    from airflow_ops_plugin.scripts.output import ScriptOutput

_CHUNK_BYTES = 64 * 1024
_QUEUED_CHUNKS = 64
_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.1

Chunk = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEnd:
    """How a script's process ended; ``execution_time`` in seconds."""

    exit_code: int
    execution_time: float


def run_process(job: ScriptJob, output: ScriptOutput, *, on_start: Callable[[int], None]) -> ProcessEnd:
    """Run ``job`` in a session of its own, in an empty folder of its own, and give all its output to ``output``.

    Nothing of its process group is left when this returns or raises; on Linux the script also dies with this process.

    :param on_start: gets the process group's id, for ``kill_group``.
    """
    with tempfile.TemporaryDirectory(prefix="airflow-ops-script-") as folder:
        started_at = time.monotonic()
        process = subprocess.Popen(
            _command(job, folder),
            cwd=job.working_directory or folder,
            env=_environment(job, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        try:
            on_start(process.pid)
            _read_output(process, output)
            return ProcessEnd(exit_code=_shell_code(process.wait()), execution_time=time.monotonic() - started_at)
        finally:
            kill_group(process.pid)
            process.wait()


def kill_group(group: int) -> None:
    """Kill every process of ``group``; nothing happens where there is none."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _command(job: ScriptJob, folder: str) -> list[str]:
    file = Path(folder, "script.py" if job.language == "python" else "script.sh")
    file.write_text(job.script, encoding="utf-8", newline="")
    return [sys.executable if job.language == "python" else job.language, str(file)]


def _environment(job: ScriptJob, folder: str) -> dict[str, str]:
    """Return nothing of the worker's own environment but where its programs are."""
    own = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    return {**own, **job.environment, **job.secrets}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _read_output(process: subprocess.Popen[bytes], output: ScriptOutput) -> None:
    """Take both streams until the script itself has ended; what its children still hold open is not waited for."""
    chunks: queue.Queue[Chunk | None] = queue.Queue(_QUEUED_CHUNKS)
    streams = {STDOUT: process.stdout, STDERR: process.stderr}
    readers = [threading.Thread(target=_pump, args=(*item, chunks), daemon=True) for item in streams.items()]
    for reader in readers:
        reader.start()
    is_killed = False
    open_streams = len(readers)
    while open_streams:
        try:
            chunk = chunks.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            if process.poll() is not None and not is_killed:
                kill_group(process.pid)
                is_killed = True
            continue
        if chunk is None:
            open_streams -= 1
        else:
            output.feed(*chunk)
    output.finish()


def _pump(number: int, stream: IO[bytes], chunks: queue.Queue[Chunk | None]) -> None:
    with stream:
        while data := os.read(stream.fileno(), _CHUNK_BYTES):
            chunks.put((number, data))
    chunks.put(None)


def _shell_code(returncode: int) -> int:
    return returncode if returncode >= 0 else 128 - returncode
