"""The static checks know sound processes from unsound ones, and lowering gives the same acyclic Dags everywhere."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from blocks import Activity, Sequence, Split
from drawn_blocks import process_of, processes
from hypothesis import given, settings
from hypothesis import strategies as st
from lowered import compile_model
from model import draw_model

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template
from dag_factory.diagnostics import Severity

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
some = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def codes(compiled: CompiledTemplate, severity: Severity) -> set[str]:
    return {item.code for item in compiled.diagnostics if item.severity is severity}


def mismatched(kind: str, join_kind: str, before: Sequence) -> CompiledTemplate:
    """Compile a process whose only fault is that two branches meet in a gateway of the wrong kind."""
    branches = (Sequence((Activity(),)), Sequence((Activity(),)))
    return compile_model(draw_model(Sequence((*before.blocks, Split(kind, branches, join_kind=join_kind)))))


@some
@given(processes())
def test_a_sound_process_gets_no_error_and_no_warning(body: Sequence) -> None:
    compiled = compile_model(draw_model(body))
    assert codes(compiled, Severity.ERROR) == set()
    # Only that instances which a condition may end run one after another.
    assert codes(compiled, Severity.WARNING) <= {"DF210"}


@some
@given(processes())
def test_an_exclusive_split_into_a_parallel_join_is_a_deadlock(before: Sequence) -> None:
    assert "DF206" in codes(mismatched("exclusiveGateway", "parallelGateway", before), Severity.WARNING)


@some
@given(processes())
def test_an_inclusive_split_into_a_parallel_join_may_be_a_deadlock(before: Sequence) -> None:
    assert "DF206" in codes(mismatched("inclusiveGateway", "parallelGateway", before), Severity.WARNING)


@some
@given(processes())
def test_a_parallel_split_into_an_exclusive_join_is_unsafe(before: Sequence) -> None:
    compiled = mismatched("parallelGateway", "exclusiveGateway", before)
    assert "DF207" in codes(compiled, Severity.WARNING) | codes(compiled, Severity.INFO)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_loop_without_a_way_out_is_a_livelock(length: int) -> None:
    tasks = "".join(f'<task id="t{number}"/>' for number in range(length))
    ways = "".join(
        f'<sequenceFlow id="f{number}" sourceRef="t{number}" targetRef="t{(number + 1) % length}"/>'
        for number in range(length)
    )
    text = (
        f'{HEAD}<process id="p"><startEvent id="s"/>{tasks}<sequenceFlow id="in" sourceRef="s" targetRef="t0"/>{ways}'
    )
    compiled = compile_template(TemplateSource("p.bpmn", f"{text}</process></definitions>".encode()))
    assert "DF105" in codes(compiled, Severity.WARNING)


@some
@given(st.one_of(processes(), processes(is_careless=True)))
def test_lowering_gives_acyclic_dags_whose_edges_name_their_tasks(body: Sequence) -> None:
    for dag in compile_model(draw_model(body)).dags:
        ids = [task.task_id for task in dag.tasks]
        assert len(set(ids)) == len(ids)
        graph: dict[str, set[str]] = {task_id: set() for task_id in ids}
        for edge in dag.edges:
            assert edge.upstream in graph
            graph[edge.downstream].add(edge.upstream)
        assert len(list(TopologicalSorter(graph).static_order())) == len(ids)


def test_every_process_lowers_to_the_same_bytes_of_the_same_template() -> None:
    hashes = [_hashes_with(seed) for seed in ("0", "1", "4711")]
    assert len(hashes[0].splitlines()) > 100
    assert hashes[0] == hashes[1] == hashes[2]


def _hashes_with(hash_seed: str) -> str:
    """Return the content hashes of many Dags, as a new process with this seed of Python's hashes computes them."""
    folder = Path(__file__).parent
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", "import test_static_checks; test_static_checks.print_hashes()"]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True).stdout


def print_hashes() -> None:
    """Print the content hashes of the Dags of a hundred processes."""
    chance = random.Random(7)
    for _ in range(100):
        for dag in compile_model(draw_model(process_of(chance.randbytes(200)))).dags:
            print(dag.content_hash)
