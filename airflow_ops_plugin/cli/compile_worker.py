"""A process that compiles templates one after the other, so that a file can neither hang nor kill the command.

Speaks pickle with its parent: a ``TemplateFile`` in, an ``Answer`` out, until its input ends.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template

# More than any frontend accepts, so that it is the frontend who refuses a file that is too large.
READ_LIMIT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A file to compile.

    :param path: where it is, as a person named it.
    :param name: its path below the templates folder, with ``/``.
    """

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one file.

    :param compiled: ``None`` where the compiler crashed; ``problem`` then says how.
    :param peak_bytes: most memory that this process has had so far.
    """

    compiled: CompiledTemplate | None
    problem: str
    seconds: float
    peak_bytes: int


def answer(file: TemplateFile) -> Answer:
    """Compile ``file``."""
    started = time.perf_counter()
    compiled, problem = None, ""
    try:
        with file.path.open("rb") as opened:
            content = opened.read(READ_LIMIT_BYTES)
        compiled = compile_template(TemplateSource(file.name, content, file.path.parent.absolute()))
    except Exception as error:  # whatever a file does to the compiler, the other files are still checked
        problem = f"{type(error).__name__}: {error}"
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = kilobytes if sys.platform == "darwin" else kilobytes * 1024
    return Answer(compiled, problem, time.perf_counter() - started, peak)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while True:
        try:
            file = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(answer(file), answers)
        answers.flush()


if __name__ == "__main__":
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed by accident must not get between the answers
    from airflow_ops_plugin.cli.compile_worker import serve as serve_by_its_import_name

    serve_by_its_import_name(sys.stdin.buffer, pipe)
