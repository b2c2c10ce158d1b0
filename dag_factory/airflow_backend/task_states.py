"""The states of tasks of a run, as a task or a trigger may ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from airflow.sdk import TaskInstanceState

if TYPE_CHECKING:
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

FINISHED = frozenset(
    state.value
    for state in (
        TaskInstanceState.SUCCESS,
        TaskInstanceState.FAILED,
        TaskInstanceState.SKIPPED,
        TaskInstanceState.UPSTREAM_FAILED,
        TaskInstanceState.REMOVED,
    )
)
"""States in which a task instance stays."""

Instance = tuple[str, int]
"""A task instance of a run: task id and map index, -1 where it is not mapped."""

States = dict[Instance, str | None]


def read_states(ti: RuntimeTaskInstanceProtocol, task_ids: Sequence[str]) -> States:
    """Return the state of each instance of the tasks ``task_ids`` in the run of ``ti``."""
    found = ti.get_task_states(dag_id=ti.dag_id, task_ids=list(task_ids), run_ids=[ti.run_id]) if task_ids else {}
    return as_states(found.get(ti.run_id, {}), task_ids)


def as_states(answer: Mapping[str, str | None], task_ids: Iterable[str]) -> States:
    """Return what Airflow answered, whose keys are ``task_id`` or ``task_id_0``, by instance."""
    known = frozenset(task_ids)
    return {
        _instance(key, known): None if state is None else TaskInstanceState(state).value
        for key, state in answer.items()
    }


def _instance(key: str, known: frozenset[str]) -> Instance:
    task_id, _, index = key.rpartition("_")
    return (task_id, int(index)) if key not in known and task_id in known and index.isdecimal() else (key, -1)


def with_state(states: States, state: TaskInstanceState) -> list[str]:
    """Return the tasks of which an instance is in ``state``, each once."""
    return list(dict.fromkeys(task_id for (task_id, _), found in states.items() if found == state))
