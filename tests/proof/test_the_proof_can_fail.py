"""The proof notices a wrong lowering: one piece of it is taken away, and the legs no longer agree."""

from __future__ import annotations

import random
from dataclasses import replace

from drawn_blocks import process_of
from lowered import compile_model, run_lowered
from model import draw_model
from test_three_legs import play

from dag_factory.dag_spec import DagSpec

MODELS = 300


def test_without_a_task_for_each_optional_flow_the_legs_disagree() -> None:
    chance = random.Random(77)
    for _ in range(MODELS):
        model, seed = draw_model(process_of(chance.randbytes(30), has_events=True)), chance.randrange(2**32)
        dags = tuple(map(without_tasks_of_flows, compile_model(model).dags))
        if run_lowered(model, dags, seed) != play(model, seed):
            return
    raise AssertionError(f"none of {MODELS} models noticed")


def without_tasks_of_flows(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with each task that only stands for a flow replaced by what it leads to."""
    text = dag.to_json()
    removed = {edge.upstream: edge.downstream for edge in dag.edges if ".to." in edge.upstream}
    for task_id, target in removed.items():
        text = text.replace(f'"{task_id}"', f'"{target}"')
    changed = DagSpec.from_json(text)
    tasks = {task.task_id: task for task in dag.tasks if task.task_id not in removed}
    kept = tuple(next(task for task in changed.tasks if task.task_id == task_id) for task_id in tasks)
    return replace(changed, tasks=kept, edges=tuple(edge for edge in changed.edges if edge.upstream != edge.downstream))
