"""CompletedCheckOperator: asks whether an activity was completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseBranchOperator, TaskInstanceState

from dag_factory.airflow_backend.task_states import read_states, with_state
from dag_factory.nodes.completed_check import COMPLETED, NOT_COMPLETED

if TYPE_CHECKING:
    from airflow.sdk import Context


class CompletedCheckOperator(BaseBranchOperator):
    """Follows the branch ``completed`` where a task of the run has succeeded, else ``not completed``.

    :param task: the task that succeeds when the activity is completed.
    :param branches: outcome -> ids of the tasks to follow.
    """

    def __init__(self, *, task: str, branches: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.branches = {outcome: list(ids) for outcome, ids in branches.items()}

    def choose_branch(self, context: Context) -> list[str]:
        """Return the tasks to follow."""
        done = with_state(read_states(context["ti"], [self.task]), TaskInstanceState.SUCCESS)
        outcome = COMPLETED if done else NOT_COMPLETED
        self.log.info("%s: %s", self.task, outcome)
        return self.branches.get(outcome, [])
