"""JoinOperator: a join of paths that notices when too few or too many of its tokens come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator, TaskInstanceState
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context


class JoinOperator(BaseOperator):
    """Succeeds when as many of the paths into it were taken as its gateway wants.

    Its trigger rule is ``none_failed_min_one_success``: with all of its upstream tasks skipped it lies on a path that
    was not taken, and is skipped too. Otherwise a parallel join wants a token from each path: in BPMN it would wait for
    ever for the one that does not come. An exclusive join wants one: in BPMN each further token would run everything
    after it once more, which a Dag cannot do. Both fail here rather than do something else than the diagram says.

    :param expected: ids of the tasks directly upstream, one for each path.
    :param tokens: ``all`` for a parallel join, ``one`` for an exclusive one.
    """

    def __init__(self, *, expected: Sequence[str], tokens: Literal["all", "one"] = "all", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.expected = expected
        self.tokens = tokens

    def execute(self, context: Context) -> None:
        """Count the tokens.

        :raises AirflowFailException: there are too few, or too many.
        """
        states = self._read_states(context)
        arrived = [task_id for task_id in self.expected if _brings_token(task_id, states)]
        missing = [task_id for task_id in self.expected if task_id not in arrived]
        if self.tokens == "all" and missing:
            raise AirflowFailException(
                f"the parallel join {self.task_display_name!r} waits for a token from {self._list(missing)}, "
                "which took another path; join paths of which only some are taken with an exclusive gateway"
            )
        if self.tokens == "one" and len(arrived) > 1:
            raise AirflowFailException(
                f"{self.task_display_name!r} got {len(arrived)} tokens, from {self._list(arrived)}, "
                "and would have to run once for each; join paths that run side by side with a parallel gateway"
            )
        self.log.info("Tokens have come from %s", self._list(arrived))

    def _list(self, task_ids: Sequence[str]) -> str:
        return ", ".join(repr(self._display_name(task_id)) for task_id in task_ids)

    def _read_states(self, context: Context) -> Mapping[str, str | None]:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=list(self.expected), run_ids=[ti.run_id])
        of_run: Mapping[str, str | None] = states.get(ti.run_id, {})
        return of_run

    def _display_name(self, task_id: str) -> str:
        dag = self.get_dag()
        return dag.get_task(task_id).task_display_name if dag and dag.has_task(task_id) else task_id


def _brings_token(task_id: str, states: Mapping[str, str | None]) -> bool:
    """Return whether the task, or one of its mapped instances (``task_id_0`` ...), has succeeded."""
    prefix = f"{task_id}_"
    own = (
        state
        for key, state in states.items()
        if key == task_id or (key.startswith(prefix) and key.removeprefix(prefix).isdecimal())
    )
    return any(state == TaskInstanceState.SUCCESS for state in own)
