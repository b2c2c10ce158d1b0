"""A sample of models with events and loops in real Airflow, with scheduler and triggerer: it proves the simulator."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from dag_simulator import TaskInstance, World
from drawn_blocks import process_of
from lowered import compile_model
from model import draw_model
from running_templates import RunningTemplates
from scenario import Scenario, scenario_of

from dag_factory.dag_spec import DagSpec

MODELS = 12
MOST_WORKERS = 7
WANTED = ("LoopOperator", "EventRaceOperator", "OutcomeRouterOperator", "TerminateOperator", "CompletedCheckOperator")
"""Operators that the sample is about; each is in several of its models."""

Seen = Counter[tuple[str, str, tuple[tuple[str, str], ...]]]


@cache
def sample() -> list[tuple[Scenario, tuple[DagSpec, ...]]]:
    """Return small scenarios in which the wanted operators all do something."""
    chance = random.Random(11)
    found: list[tuple[Scenario, tuple[DagSpec, ...]]] = []
    uses: Counter[str] = Counter()
    while len(found) < MODELS:
        body, seed = process_of(chance.randbytes(chance.choice([12, 18, 24])), has_events=True), chance.randrange(2**32)
        scenario = scenario_of(draw_model(body), seed, f"proof_{len(found)}")
        if scenario is None:
            continue
        dags = compile_model(scenario.model).dags
        world = simulate(scenario, dags)
        ran = Counter(
            one.task.operator.rpartition(".")[2] for one in world.finished if "EmptyOperator" not in one.task.operator
        )
        scarcest = min(WANTED, key=lambda name: uses[name])
        if sum(ran.values()) <= MOST_WORKERS and ran[scarcest]:
            uses += Counter(dict.fromkeys(ran, 1))
            found.append((scenario, dags))
    return found


def simulate(scenario: Scenario, dags: tuple[DagSpec, ...]) -> World:
    """Return the world after the simulator has run a scenario."""
    world = World(dags, scenario.oracle())
    world.start(dags[0].dag_id, dict(scenario.inputs))
    world.go()
    return world


@pytest.fixture(scope="module")
def airflow() -> Iterator[RunningTemplates]:
    """A running Airflow with the sample as its templates."""
    home = Path(tempfile.mkdtemp(prefix="airflow-proof-"))
    airflow = RunningTemplates(home)
    for number, (scenario, _) in enumerate(sample()):
        (airflow.templates_folder / f"proof_{number}.bpmn").write_bytes(scenario.model.content)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()
        with suppress(OSError):
            shutil.rmtree(home)


@pytest.mark.timeout(580)
def test_airflow_runs_events_and_loops_as_the_simulator_does(airflow: RunningTemplates) -> None:
    models = sample()
    for _, dags in models:
        for dag in dags:
            airflow.wait_until(
                lambda dag_id=dag.dag_id: airflow.call("GET", f"/dags/{quote(dag_id)}").ok, dag.dag_id, 180
            )
    runs = [airflow.trigger(dags[0].dag_id, scenario.inputs) for scenario, dags in models]
    for (scenario, dags), run in zip(models, runs, strict=True):
        airflow.finish(dags[0].dag_id, run)
        airflow.wait_until(lambda dags=dags: not unfinished(airflow, dags), f"all runs of {dags[0].dag_id}", 120)
        expected: Seen = Counter(
            (one.dag.dag_id, one.state, tuple(sorted(_state(item) for item in one.all_instances())))
            for one in simulate(scenario, dags).runs
        )
        assert seen(airflow, dags) == expected, scenario.model.content.decode()


def _state(one: TaskInstance) -> tuple[str, str]:
    place = f"[{one.map_index}]" if one.map_index >= 0 else ""
    return one.task.task_id + place, one.state.value


def unfinished(airflow: RunningTemplates, dags: tuple[DagSpec, ...]) -> list[str]:
    """Return the runs of a model's Dags that have not ended."""
    return [
        run["dag_run_id"]
        for dag in dags
        for run in airflow.runs(dag.dag_id)
        if run["state"] not in ("success", "failed")
    ]


def seen(airflow: RunningTemplates, dags: tuple[DagSpec, ...]) -> Seen:
    """Return how the runs of a model's Dags ended, and each of their task instances."""
    found: Seen = Counter()
    for dag in dags:
        for run in airflow.runs(dag.dag_id):
            rows = airflow.query(
                "select task_id, map_index, state from task_instance where dag_id = ? and run_id = ?",
                dag.dag_id,
                run["dag_run_id"],
            )
            states = sorted((name + (f"[{index}]" if index >= 0 else ""), str(state)) for name, index, state in rows)
            found[dag.dag_id, run["state"], tuple(states)] += 1
    return found
