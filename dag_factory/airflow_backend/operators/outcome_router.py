"""OutcomeRouterOperator: takes the way that fits how an activity, or a scope, has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, BranchMixIn, TaskInstanceState
from airflow.sdk.exceptions import AirflowFailException

from dag_factory.airflow_backend.activity_guard import ERROR_KEY, publish_error
from dag_factory.airflow_backend.read_xcom import read_xcom
from dag_factory.airflow_backend.stop_tasks import stop_tasks
from dag_factory.airflow_backend.task_states import States, read_states, with_state

if TYPE_CHECKING:
    from airflow.sdk import Context

OUTCOME_KEY = "outcome"
"""XCom under which a race or a router tells what happened."""

HANDLED_KEY = "handled"
"""XCom with the tasks whose failure a router has led to an error event."""

NORMAL = "normal"


class OutcomeRouterOperator(BaseOperator, BranchMixIn):
    """Follows the branch of what happened: an interrupting event, something thrown inside, an error, or the normal end.

    A failure that no handler matches fails this task too, with the same error, for the handlers around.

    :param stops: the tasks of the activity. What still goes on of them is stopped before an error's way is taken.
    :param race: the task that waits for interrupting events beside it.
    :param thrown: ``task`` and ``outcome`` of events inside that end it; such a task succeeds when it is reached.
    :param undone_by: tasks that must have succeeded before the way of something thrown is taken.
    :param handlers: ``outcome`` and ``code`` of error events; an empty code takes every failure.
    :param exits: the tasks whose success is the normal end.
    :param routers: routers inside the activity, which may have handled its failures.
    :param branches: outcome -> ids of the tasks to follow.
    """

    def __init__(
        self,
        *,
        stops: Sequence[str],
        branches: Mapping[str, Sequence[str]],
        race: str = "",
        thrown: Sequence[Mapping[str, str]] = (),
        undone_by: Sequence[str] = (),
        handlers: Sequence[Mapping[str, str]] = (),
        exits: Sequence[str] = (),
        routers: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stops = list(stops)
        self.branches = {outcome: list(ids) for outcome, ids in branches.items()}
        self.race = race
        self.thrown = [dict(item) for item in thrown]
        self.undone_by = list(undone_by)
        self.handlers = [dict(item) for item in handlers]
        self.exits = list(exits)
        self.routers = list(routers)

    def execute(self, context: Context) -> Any:
        """Follow the branch of what happened.

        :raises AirflowFailException: the activity failed, and no handler takes that.
        """
        outcome = self._outcome(context)
        context["ti"].xcom_push(key=OUTCOME_KEY, value=outcome)
        self.log.info("Outcome: %s", outcome)
        return self.do_branch(context, self.branches.get(outcome, []))

    def _outcome(self, context: Context) -> str:
        ti = context["ti"]
        interrupted = read_xcom(ti, self.race, OUTCOME_KEY) if self.race else None
        if interrupted:
            return str(interrupted)
        states = read_states(ti, [*self.stops, *self.undone_by])
        succeeded = set(with_state(states, TaskInstanceState.SUCCESS))
        for item in self.thrown:
            if item["task"] in succeeded:
                if undone := [task for task in self.undone_by if task not in succeeded]:
                    raise AirflowFailException(f"compensation has failed before {', '.join(undone)}")
                return item["outcome"]
        ended = read_states(ti, self.exits)
        if not {TaskInstanceState.FAILED, TaskInstanceState.UPSTREAM_FAILED} & set(ended.values()):
            return NORMAL
        return self._outcome_of_failure(context, states)

    def _outcome_of_failure(self, context: Context, states: States) -> str:
        failed = self._unhandled(context, states)
        errors = [self._error(context, task) for task in failed] or [{"code": "", "message": ""}]
        for handler in self.handlers:
            code = handler.get("code", "")
            if any(code in ("", error["code"]) for error in errors):
                stop_tasks(context, self.stops, self.log)
                context["ti"].xcom_push(key=HANDLED_KEY, value=failed)
                return handler["outcome"]
        error = next((error for error in errors if error["code"]), errors[0])
        if error["code"]:
            publish_error(context, error["code"], error["message"])
        names = ", ".join(repr(task) for task in failed) or "a task before it"
        known = ", ".join(repr(handler.get("code", "")) for handler in self.handlers) or "none"
        raise AirflowFailException(
            f"{names} failed with the error {error['code']!r}: {error['message'] or 'see its log'}; "
            f"no error event takes it (those here take {known})"
        )

    def _unhandled(self, context: Context, states: States) -> list[str]:
        """Return the failed tasks that no router inside has dealt with, routers first: they tell the error again."""
        handled: set[str] = set()
        for router in self.routers:
            handled |= set(read_xcom(context["ti"], router, HANDLED_KEY) or ())
        failed = [task for task in with_state(states, TaskInstanceState.FAILED) if task not in handled]
        return sorted(failed, key=lambda task: task not in self.routers)

    def _error(self, context: Context, task: str) -> dict[str, str]:
        found = read_xcom(context["ti"], task, ERROR_KEY)
        return {"code": str(found["code"]), "message": str(found["message"])} if found else {"code": "", "message": ""}
