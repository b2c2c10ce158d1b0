"""A process that compiles templates one after the other, so that a file can neither hang nor kill the command.

Says when it is ready, then speaks pickle with its parent: a ``TemplateFile`` in, an ``Answer`` out, until its input
ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template
from dag_factory.dag_spec import DagSpec
from dag_factory.nodes.call import CALL_OPERATOR

# More than any frontend accepts, so that it is the frontend who refuses a file that is too large.
READ_LIMIT_BYTES = 64 * 1024 * 1024
# A file that makes the compiler take more than this fails alone, instead of the machine.
MEMORY_LIMIT_BYTES = 8 * 1024 * 1024 * 1024


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

    :param compiled: ``None`` where the compiler crashed; ``problem`` then says how. Of its Dags only what a check needs
        is there: their ids and calls.
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
    seconds = time.perf_counter() - started
    if compiled is not None:
        compiled = replace(compiled, dags=tuple(map(_outline, compiled.dags)))
    return Answer(compiled, problem, seconds, peak)


def _outline(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with its calls only: thousands of whole ones would fill the memory of the command."""
    calls = tuple(task for task in dag.tasks if task.operator == CALL_OPERATOR)
    return replace(dag, tasks=calls, edges=(), groups=(), params=(), doc_md="")


def warm_up() -> None:
    """Import what compiling needs, so that the first file does not pay for it, and limit this process's memory."""
    for name, content in (("warm.json", b"{}"), ("warm.bpmn", _EMPTY_BPMN)):
        compile_template(TemplateSource(name, content))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


_EMPTY_BPMN = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="s"/>
<sequenceFlow sourceRef="s" targetRef="e"/><endEvent id="e"/></process></definitions>"""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    warm_up()
    answers.write(b"ready\n")
    answers.flush()
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
