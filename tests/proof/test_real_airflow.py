"""A sample of the models in real Airflow, which proves the simulator: each task instance ends in the same state."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from drawn_blocks import process_of
from lowered import compile_model, simulate
from model import Model, draw_model

from dag_factory.dag_spec import DagSpec

MODELS = 60
MOST_TASKS = 16
PARTS = 4
"""The sample is run in parts, so that processes can share it."""


def sample() -> Iterator[tuple[Model, DagSpec, int]]:
    """Yield models whose run needs one Dag and nobody's answer, with the seed of their oracle."""
    chance = random.Random(3)
    while True:
        model, seed = draw_model(process_of(chance.randbytes(300), is_careless=chance.random() < 0.3)), chance.random()
        text = model.content.replace(b"userTask", b"task").replace(b"manualTask", b"task")
        model = replace(model, content=text)
        dags = compile_model(model).dags
        if len(dags) == 1 and _is_telling(dags[0]):
            yield model, dags[0], int(seed * 2**32)


def _is_telling(dag: DagSpec) -> bool:
    """Whether more than one rule matters in a Dag that is small enough to be run quickly."""
    scripts = sum("ScriptOperator" in task.operator for task in dag.tasks)
    is_branched = any("DecisionOperator" in task.operator or task.map for task in dag.tasks)
    return is_branched and scripts <= 2 and len(dag.tasks) <= MOST_TASKS


@pytest.mark.timeout(550)
@pytest.mark.parametrize("part", range(PARTS))
def test_airflow_ends_each_task_instance_as_the_simulator_does(
    part: int, run_dag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dag_factory.airflow_backend.build_dag import build_dag

    monkeypatch.setenv("AIRFLOW__OPS__ALLOW_PROCESS_SCRIPTS", "True")
    monkeypatch.setenv("AIRFLOW__OPS__SCRIPT_RUNNER", "process")
    seen: Counter[str] = Counter()
    for number, (model, dag, seed) in zip(range(MODELS), sample(), strict=False):
        if number % PARTS != part:
            continue
        (simulated,) = simulate(model, (dag,), seed).runs
        expected = {
            one.task.task_id + (f"[{one.map_index}]" if one.map_index >= 0 else ""): one.state.value
            for one in simulated.all_instances()
        }
        real = run_dag(build_dag(replace(dag, dag_id=f"proof_{number}")), first_answers(model, seed))
        assert (real.state, real.states) == (simulated.state, expected), model.content.decode()
        seen += Counter(expected.values())
    assert set(seen) >= {"success", "skipped"}


def first_answers(model: Model, seed: int) -> dict[str, int]:
    """Return what the oracle answers at the first visit of each flow node, as inputs of a run."""
    oracle = model.oracle(seed)
    return {name: value for element in model.questions for name, value in oracle.visit(element).items()}
