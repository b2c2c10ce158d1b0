"""One process of ``airflow ops standalone``: starting it, its log, and stopping it with all that it started."""

from __future__ import annotations

import contextlib
import ctypes
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d[T ]\S+ \[(\w+)\s*\]")
PR_SET_CHILD_SUBREAPER = 36


class Component:
    """A started ``airflow`` command whose output goes to a file, and in part to the screen.

    :param name: first word on the screen, name of the log file.
    :param command: arguments after ``airflow``.
    :param show: called with each line that a person should see, from a thread of this component.
    :param is_verbose: show every line, not only warnings, errors and their tracebacks.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log_folder: Path,
        show: Callable[[str, str], None],
        is_verbose: bool = False,
    ) -> None:
        self.name = name
        self.log_file = log_folder / f"{name}.log"
        self._show = show
        self._is_verbose = is_verbose
        # A session of its own: Ctrl-C in the terminal reaches the parent only, which stops all in the right order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "airflow", *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """``None`` while it runs; negative for the signal that ended it."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait until it ends and its output is read; return its exit code."""
        code = self._process.wait()
        self._reader.join(timeout=5)
        return code

    def tree(self) -> list[psutil.Process]:
        """Return the process and all its descendants that live."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            return [process, *process.children(recursive=True)]
        return []

    def _read(self) -> None:
        assert self._process.stdout is not None
        is_shown = self._is_verbose
        with self.log_file.open("ab") as log:
            for raw in self._process.stdout:
                log.write(raw)
                log.flush()
                line = raw.decode(errors="replace").rstrip()
                is_shown = self._is_verbose or is_worth_showing(line, is_continuation_shown=is_shown)
                if is_shown and line:
                    self._show(self.name, line)


def is_worth_showing(line: str, *, is_continuation_shown: bool) -> bool:
    """Return whether ``line`` is a warning or worse, or goes on with one (a traceback).

    Python's own warnings (deprecations in other people's packages) are for the log file only.
    """
    match = LOG_LINE.match(line)
    if match is None:
        return is_continuation_shown
    return match.group(1) in {"warning", "error", "critical"} and "[py.warnings]" not in line


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent dies, so that none can hide (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stop(processes: Iterable[psutil.Process], *, patience_seconds: float) -> None:
    """Ask ``processes`` to end, and kill what is still there after ``patience_seconds``."""
    asked = list(processes)
    for process in asked:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(asked, timeout=patience_seconds)
    kill(stubborn)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill ``processes`` and wait until they are gone."""
    doomed = list(processes)
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(doomed, timeout=3)


def kill_descendants(*, until_seconds: float) -> None:
    """Kill every descendant of this process, also those that appear meanwhile, for ``until_seconds`` at most."""
    deadline = time.monotonic() + until_seconds
    while (left := psutil.Process().children(recursive=True)) and time.monotonic() < deadline:
        kill(left)
