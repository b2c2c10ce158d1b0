"""Checking many template files: several at a time, each with a time limit, and nothing a file does stops the rest."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from airflow_ops_plugin.cli.compile_worker import Answer, TemplateFile
from dag_factory.compiler import TEMPLATE_SUFFIXES, check_together
from dag_factory.diagnostics import Diagnostic, Severity, has_errors

FILES_FOR_ANOTHER_PROCESS = 20
HEAD_BYTES = 65_536
WORKER = [sys.executable, "-m", "airflow_ops_plugin.cli.compile_worker"]
_MARKS = (b"omg.org/spec/BPMN/", "omg.org/spec/BPMN/".encode("utf-16-le"), "omg.org/spec/BPMN/".encode("utf-16-be"))


class Outcome(StrEnum):
    """What became of a file."""

    COMPILED = "compiled"
    COMPILED_WITH_WARNINGS = "compiled_with_warnings"
    REFUSED = "refused"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"

    @property
    def is_good(self) -> bool:
        """Whether the file becomes Dags."""
        return self in (Outcome.COMPILED, Outcome.COMPILED_WITH_WARNINGS)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, and what was found.

    :param diagnostics: what was found in the file itself.
    :param shared: what is wrong with it beside the other files: an id used twice, a call in a circle.
    :param problem: why there is no result: a crash or a time limit; empty else.
    :param outcome: by the file itself.
    """

    path: Path
    diagnostics: tuple[Diagnostic, ...]
    shared: tuple[Diagnostic, ...]
    dag_ids: tuple[str, ...]
    problem: str
    outcome: Outcome
    seconds: float
    peak_bytes: int

    def lines(self) -> Iterator[str]:
        """Yield the findings as compilers print them."""
        if self.problem:
            yield f"{self.path} error: {self.problem}"
        for diagnostic in (*self.diagnostics, *self.shared):
            yield diagnostic.render(str(self.path))

    @property
    def is_good(self) -> bool:
        """Whether the file becomes Dags, also beside the other files."""
        return self.outcome.is_good and not has_errors(self.shared)


class NothingToCheckError(Exception):
    """A path does not exist, or no template is below the paths; the message says which."""


def find_files(paths: Iterable[Path]) -> dict[Path, list[TemplateFile]]:
    """Return the templates at and below ``paths``, by the templates folder that they form together.

    A file of any name is a template where it is named itself; in a folder those are whose names end as templates' do,
    and ``.xml`` files whose beginning names the namespace of BPMN. Hidden files and folders are passed over.

    :raises NothingToCheckError: a path does not exist, or there is no template at all.
    """
    folders: dict[Path, list[TemplateFile]] = {}
    for path in paths:
        if path.is_dir():
            folders.setdefault(path, []).extend(_below(path))
        elif path.exists():
            folders.setdefault(path.parent, []).append(TemplateFile(path, path.name))
        else:
            raise NothingToCheckError(f"{path}: there is no such file or folder")
    if not any(folders.values()):
        raise NothingToCheckError(f"no template ({', '.join(TEMPLATE_SUFFIXES)}) below {', '.join(map(str, paths))}")
    return {folder: list(dict.fromkeys(files)) for folder, files in folders.items()}


def _below(folder: Path) -> Iterator[TemplateFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in name.parts)
        if not is_hidden and _may_be_template(path) and path.is_file() and _is_template(path):
            yield TemplateFile(path, name.as_posix())


def _may_be_template(path: Path) -> bool:
    return path.name.lower().endswith((*TEMPLATE_SUFFIXES, ".xml"))


def _is_template(path: Path) -> bool:
    if path.name.lower().endswith(TEMPLATE_SUFFIXES):
        return True
    try:
        with path.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
    except OSError:
        return False
    return any(mark in head for mark in _MARKS)


def check_files(
    folders: dict[Path, list[TemplateFile]], *, timeout_seconds: float, jobs: int | None, on_done: Callable[[], None]
) -> list[Checked]:
    """Compile every file and return what was found, in the order given.

    :param jobs: processes at most; ``None`` for one for each CPU.
    :param on_done: called after each file, from any thread.
    """
    files = [file for files in folders.values() for file in files]
    count = min(jobs or os.cpu_count() or 1, 1 + len(files) // FILES_FOR_ANOTHER_PROCESS)
    with _Workers(timeout_seconds) as workers, ThreadPoolExecutor(count) as threads:
        pending = {threads.submit(workers.compile, file): file for file in files}
        answers: dict[TemplateFile, Answer | None] = {}
        for future in as_completed(pending):
            answers[pending[future]] = future.result()
            on_done()
    return [
        _checked(file, answers[file], shared, timeout_seconds)
        for members in folders.values()
        for file, shared in _with_shared_findings(members, answers)
    ]


def _with_shared_findings(
    files: Sequence[TemplateFile], answers: dict[TemplateFile, Answer | None]
) -> Iterator[tuple[TemplateFile, tuple[Diagnostic, ...]]]:
    compiled = {file.name: given.compiled for file in files if (given := answers[file]) and given.compiled}
    shared = check_together(compiled)
    for file in files:
        yield file, shared.get(file.name, ())


def _checked(
    file: TemplateFile, given: Answer | None, shared: tuple[Diagnostic, ...], timeout_seconds: float
) -> Checked:
    if given is None:
        problem = f"not compiled within {timeout_seconds:g} s"
        return Checked(file.path, (), (), (), problem, Outcome.TIMED_OUT, timeout_seconds, 0)
    checked = Checked(file.path, (), shared, (), "", Outcome.CRASHED, given.seconds, given.peak_bytes)
    if given.compiled is None:
        return replace(checked, problem=f"the compiler failed ({given.problem})")
    found = given.compiled.diagnostics
    dag_ids = tuple(dag.dag_id for dag in given.compiled.dags)
    return replace(checked, diagnostics=found, dag_ids=dag_ids, outcome=_outcome(found))


def _outcome(found: Sequence[Diagnostic]) -> Outcome:
    if has_errors(found):
        return Outcome.REFUSED
    has_warnings = any(one.severity is Severity.WARNING for one in found)
    return Outcome.COMPILED_WITH_WARNINGS if has_warnings else Outcome.COMPILED


class _Workers:
    """A compiling process for each thread that asks, replaced when it dies or has to be killed."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._own = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            process.kill()
            process.communicate()

    def compile(self, file: TemplateFile) -> Answer | None:
        """Return the answer for ``file``; ``None`` when the time limit passed."""
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(self._timeout_seconds, kill)
        timer.start()
        try:
            pickle.dump(file, process.stdin)
            process.stdin.flush()
            given: Answer = pickle.load(process.stdout)
            return given
        except (EOFError, OSError, pickle.UnpicklingError):
            code = process.wait()
            return None if is_late.is_set() else Answer(None, f"its process ended with exit code {code}", 0.0, 0)
        finally:
            timer.cancel()

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if process is None or process.poll() is not None:
            process = subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._own.process = process
            self._all.append(process)
            assert process.stdout is not None
            process.stdout.readline()  # it is ready: what its start takes is not the file's time
        return process
