"""Our own leg: the Dags that a model is compiled to, run by the simulator, read back as flow nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import simulated_events  # noqa: F401 - registers what its operators do
from dag_simulator import DagRun, World
from model import Model
from run_record import RunRecord, handlers_in_order
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
    done = (element_of(one.task, one.run.dag) for one in world.finished if one.state is State.SUCCESS)
    undone = handlers_in_order(done, model.undoers)
    return RunRecord(executed_elements(model, world.runs), world.runs[0].state, undone)


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
            element = original_of(element_of(one.task, run.dag), model)
            is_error_end = bool(one.task.arguments.get("fails")) and one.state is State.FAILED
            if (one.state is State.SUCCESS or is_error_end) and element in model.elements:
                executed[element] += 1
            if _is_router(one.task) and one.xcoms.get("outcome") in model.elements:
                executed[one.xcoms["outcome"]] += 1
    return executed


def original_of(element: str, model: Model) -> str:
    """Return the flow node that ``element`` is, or is a copy of for one more token."""
    while element not in model.elements and (shorter := re.sub(r"__\d+$", "", element)) != element:
        element = shorter
    return element


def _is_router(task: TaskSpec) -> bool:
    """Whether a task stands for boundary events, which have none of their own: its outcome names the one that was."""
    return task.operator.endswith("OutcomeRouterOperator") and task.task_id.endswith(".outcome")


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
    if task.task_id.endswith(".caught"):
        element = task.task_id.removesuffix(".caught")
        is_handler = any(other.task_id == f"{element}.leave" for other in dag.tasks)
        return "" if is_handler else element
    return task.task_id
