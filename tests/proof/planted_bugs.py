"""Planted bugs: what a wrong lowering might have made of a Dag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dag_factory.dag_spec import DagSpec, TaskSpec
from dag_factory.nodes.base import EMPTY_OPERATOR

PlantedBug = Callable[[DagSpec], DagSpec]


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


def without_stopping_by_events(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with interrupting events that interrupt nothing."""
    return _with_arguments(dag, "EventRaceOperator", lambda given: given | {"stops": []} if "stops" in given else given)


def without_terminating(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with ends that end nothing else."""
    return _with_arguments(dag, "TerminateOperator", lambda given: given | {"stops": []})


def without_codes(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with error events that catch any error."""

    def anything(given: dict[str, Any]) -> dict[str, Any]:
        return given | {"handlers": [{"outcome": one["outcome"]} for one in given.get("handlers", ())]}

    return _with_arguments(dag, "OutcomeRouterOperator", anything)


def without_the_first_handler(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with routers that do not know the first thing that may be thrown."""
    return _with_arguments(dag, "OutcomeRouterOperator", lambda given: given | {"thrown": given.get("thrown", ())[1:]})


def without_escalating(dag: DagSpec) -> DagSpec:
    """Return ``dag`` without the edges from an escalation to an event that takes it and interrupts nothing."""
    caught = {task.task_id for task in dag.tasks if _class(task) == "EmptyOperator" and ".caught" in task.task_id}
    return replace(dag, edges=tuple(edge for edge in dag.edges if edge.downstream not in caught))


def with_undoing_of_what_was_not_done(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with checks before compensation handlers that answer the opposite."""

    def turned(given: dict[str, Any]) -> dict[str, Any]:
        yes, no = "completed", "not completed"
        return given | {"branches": {yes: given["branches"].get(no, []), no: given["branches"].get(yes, [])}}

    return _with_arguments(dag, "CompletedCheckOperator", turned)


def with_undoing_in_another_order(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with the first two compensation handlers exchanged."""
    first, second, *_ = [*(task.task_id for task in dag.tasks if task.task_id.startswith("undo")), "", ""]
    if not second:
        return dag
    text = dag.to_json().replace(f'"{first}"', '"?"').replace(f'"{second}"', f'"{first}"').replace('"?"', f'"{second}"')
    return DagSpec.from_json(text)


def with_conditions_in_another_order(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with decisions that try the conditions of iterations last ones first."""
    if not dag.part_of:
        return dag
    return _with_arguments(dag, "DecisionOperator", lambda given: given | {"branches": given["branches"][::-1]})


def with_joins_that_wait_for_all(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with merges that no dead path may enter."""
    rule = "none_failed_min_one_success"
    tasks = (replace(task, trigger_rule="all_success") if task.trigger_rule == rule else task for task in dag.tasks)
    return replace(dag, tasks=tuple(tasks))


def without_counting_tokens(dag: DagSpec) -> DagSpec:
    """Return ``dag`` with parallel joins that do not notice a missing token."""
    tasks = (replace(task, operator=EMPTY_OPERATOR) if _class(task) == "JoinOperator" else task for task in dag.tasks)
    return replace(dag, tasks=tuple(tasks))


def _with_arguments(dag: DagSpec, operator: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> DagSpec:
    tasks = (
        replace(task, arguments=changed(dict(task.arguments))) if _class(task) == operator else task
        for task in dag.tasks
    )
    return replace(dag, tasks=tuple(tasks))


def _class(task: TaskSpec) -> str:
    return task.operator.rpartition(".")[2]
