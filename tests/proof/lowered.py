"""Our own leg: the Dags that a model is compiled to, run by the simulator, read back as flow nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dag_simulator import DagRun, World
from model import Model
from run_record import RunRecord
from trigger_rules import State

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template
from dag_factory.dag_spec import DagSpec, TaskSpec

_NOT_THE_NODE_ITSELF = ("LoopOperator", "CallOperator")
"""Operators that stand for runs of another Dag, in which the flow node itself is counted."""


def compile_model(model: Model) -> CompiledTemplate:
    """Return what the compiler makes of ``model``."""
    return compile_template(TemplateSource("proof.bpmn", model.content))


def run_lowered(model: Model, dags: tuple[DagSpec, ...], seed: int) -> RunRecord:
    """Return how the simulator runs ``dags`` when the oracle of ``seed`` decides."""
    world = simulate(model, dags, seed)
    return RunRecord(executed_elements(model, world.runs), world.runs[0].state)


def simulate(model: Model, dags: tuple[DagSpec, ...], seed: int) -> World:
    """Return the world after a run of the first of ``dags``."""
    world = World(dags, model.oracle(seed))
    world.start(dags[0].dag_id, {})
    world.go()
    return world


def executed_elements(model: Model, runs: Iterable[DagRun]) -> Counter[str]:
    """Return how often each flow node was completed in ``runs``."""
    executed: Counter[str] = Counter()
    for run in runs:
        for one in run.all_instances():
            element = element_of(one.task, run.dag)
            if one.state is State.SUCCESS and element in model.elements:
                executed[element] += 1
    return executed


def element_of(task: TaskSpec, dag: DagSpec) -> str:
    """Return the flow node that is done when ``task`` is, empty for a task that only serves the flow."""
    if task.operator.endswith(_NOT_THE_NODE_ITSELF):
        return ""
    if task.map is not None:
        return task.task_id.removesuffix("_each")
    if task.task_id.endswith(".leave"):
        element = task.task_id.removesuffix(".leave")
        is_mapped = any(other.task_id == f"{element}.items" for other in dag.tasks)
        return "" if is_mapped else element
    return task.task_id
