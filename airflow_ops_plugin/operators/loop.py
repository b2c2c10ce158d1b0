"""LoopOperator: runs a Dag again and again, one run for each iteration, without using a worker in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from airflow.sdk import BaseOperator, Context, DagRunState, conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.child_run import child_run_id, error_code_of_run, start_run, state_of_run
from airflow_ops_plugin.operators.run_end_trigger import RunEndTrigger
from dag_factory.airflow_backend.run_origin import ORIGIN_KEY, RunOrigin
from dag_factory.airflow_backend.uses_variables import VARIABLES_KEY, UsesVariables
from dag_factory.expressions import parse_expression

POLL_SECONDS = 1
RESULT_TASK_ID = "result"
OUTCOME = "outcome"
_KEY = "iteration"
"""Task state: the iteration that was started last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """An iteration that was started.

    :param number: 1 for the first.
    :param entry: where it enters the body.
    :param variables: the loop's variables as it sees them.
    :param max_tries: of the attempts that it belongs to; another number means that somebody cleared the task.
    """

    number: int
    entry: str
    variables: dict[str, Any]
    run_id: str
    max_tries: int


class IterationFailedError(OpsError):
    """An iteration of a loop ended in failure.

    :param error_code: code of the error with which it failed, ``None`` for a failure that has none.
    """

    def __init__(self, message: str, *, error_code: str | None) -> None:
        super().__init__(message)
        self.error_code = error_code


class LoopOperator(UsesVariables, BaseOperator):
    """Runs the iterations of a loop and publishes the variables that the last one left.

    A further attempt takes up the iteration that an earlier one started, unless that one failed; then it runs that
    iteration again. Iterations that are done are never repeated, unless somebody clears the task: then the loop begins
    anew.

    :param dag_id: the Dag of one iteration; its task ``result`` gives its outcome and the variables it set.
    :param inputs: variables that an iteration reads; each one sees what the ones before it set.
    :param sets: variables that an iteration sets.
    :param again: outcome -> entry: outcomes that lead to another iteration, and where that enters the body.
    :param entry_variable: variable that says where an iteration enters; empty where there is one entry only.
    :param outcome_variable: variable that gets the last outcome.
    :param items: expression for the list of items, one for each iteration.
    :param count: expression for the number of iterations, where there are no items.
    :param item_name: variable under which an iteration sees its item.
    :param repeat_while: expression that must be true for another iteration.
    :param stop_when: expression that ends the loop once it is true after an iteration.
    :param is_tested_before: whether ``repeat_while`` is asked before the first iteration.
    :param maximum: most iterations; ``[ops] max_loop_iterations`` where absent.
    """

    def __init__(
        self,
        *,
        dag_id: str,
        inputs: Sequence[str] = (),
        sets: Sequence[str] = (),
        again: Mapping[str, str] | None = None,
        entry_variable: str = "",
        outcome_variable: str = "",
        items: str | None = None,
        count: str | None = None,
        item_name: str | None = None,
        repeat_while: str | None = None,
        stop_when: str | None = None,
        is_tested_before: bool = False,
        maximum: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.body_dag_id = dag_id
        self.inputs_of_body = list(inputs)
        self.sets = list(sets)
        self.again = dict(again or {})
        self.entry_variable = entry_variable
        self.outcome_variable = outcome_variable
        self.items = items
        self.count = count
        self.item_name = item_name
        self.repeat_while = repeat_while
        self.stop_when = stop_when
        self.is_tested_before = is_tested_before
        self.maximum = maximum

    def execute(self, context: Context) -> dict[str, Any]:
        """Start the first iteration, or take up the one that an earlier attempt was waiting for."""
        begun = self._begun(context)
        if begun and begun.max_tries == context["ti"].max_tries:
            state = state_of_run(context["ti"], self.body_dag_id, begun.run_id)
            if state == DagRunState.FAILED or state is None:
                return self._start(context, begun.number, begun.entry, begun.variables)
            self._wait(begun.run_id)
        values = self.values(context)
        variables = {name: values.get(name) for name in {*self.inputs_of_body, *self._names_asked()}}
        entry = values.get(self.entry_variable, "") if self.entry_variable else ""
        if not self._goes_on_before_first(variables, values):
            return self._finish(context, 0, variables, "")
        return self._start(context, 1, entry, variables)

    def execute_complete(self, context: Context, event: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        """Take what the iteration gave; start another one, or be done.

        :raises IterationFailedError: the iteration failed; a further attempt runs it again.
        """
        with self.guarded(context):
            return self._go_on(context)

    def _go_on(self, context: Context) -> dict[str, Any]:
        begun = self._begun(context)
        assert begun is not None, "an iteration ended that was never started"
        run_id, number = begun.run_id, begun.number
        state = state_of_run(context["ti"], self.body_dag_id, run_id)
        if state != DagRunState.SUCCESS:
            raise IterationFailedError(
                f"iteration {number} (run {run_id!r} of the Dag {self.body_dag_id!r}) ended as {state}",
                error_code=error_code_of_run(context["ti"], self.body_dag_id, run_id),
            )
        given = self._result_of(context, run_id)
        outcome = str(given.pop(OUTCOME, ""))
        variables = {**begun.variables, **{name: value for name, value in given.items() if value is not None}}
        if self._goes_on(context, number, outcome, variables):
            return self._start(context, number + 1, self.again.get(outcome, ""), variables)
        if self.outcome_variable and not outcome:
            raise AirflowSkipException(f"iteration {number} ended before the loop's end: nothing follows")
        return self._finish(context, number, variables, outcome)

    def _begun(self, context: Context) -> Iteration | None:
        record = context["task_state_store"].get(_KEY)
        return Iteration(**record) if isinstance(record, dict) else None  # type: ignore[arg-type]  # as it was stored

    def _result_of(self, context: Context, run_id: str) -> dict[str, Any]:
        result = context["ti"].xcom_pull(
            dag_id=self.body_dag_id, run_id=run_id, task_ids=RESULT_TASK_ID, map_indexes=-1
        )
        return dict(result) if isinstance(result, Mapping) else {}

    def _names_asked(self) -> frozenset[str]:
        """Return the variables that the loop's own conditions use."""
        texts = [text for text in (self.repeat_while, self.stop_when) if text]
        return frozenset().union(*(parse_expression(text).names for text in texts)) & set(self.variables)

    def _length(self, values: Mapping[str, Any]) -> int | None:
        if self.items is not None:
            items = parse_expression(self.items).evaluate(values)
            if not isinstance(items, list):
                raise AirflowFailException(f"the collection {self.items!r} is not a list but {items!r:.80}")
            return len(items)
        if self.count is not None:
            return int(parse_expression(self.count).evaluate(values))
        return None

    def _goes_on_before_first(self, variables: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        length = self._length(values)
        if length is not None:
            return length > 0
        if self.repeat_while and self.is_tested_before:
            return parse_expression(self.repeat_while).is_true({**values, **variables, "loopCounter": 0})
        return True

    def _goes_on(self, context: Context, number: int, outcome: str, variables: Mapping[str, Any]) -> bool:
        if outcome not in self.again:
            return False
        length = self._length(self.values(context))
        counters = {
            "loopCounter": number,
            "nrOfInstances": length if length is not None else number,
            "nrOfCompletedInstances": number,
            "nrOfActiveInstances": 0,
        }
        known = {**self.values(context), **variables, **counters}
        if self.stop_when and parse_expression(self.stop_when).is_true(known):
            return False
        if self.repeat_while and not parse_expression(self.repeat_while).is_true(known):
            return False
        if length is not None:
            return number < length
        if self.maximum is not None:
            return number < self.maximum
        limit = conf.getint("ops", "max_loop_iterations", fallback=1000)
        if number >= limit:
            raise AirflowFailException(
                f"the loop has run {number} iterations, the most that [ops] max_loop_iterations allows"
            )
        return bool(self.repeat_while) or self.again != {"": ""}

    def _start(self, context: Context, number: int, entry: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        ti = context["ti"]
        run_id = f"{child_run_id(ti)}_{number}"
        iteration = Iteration(
            number=number, entry=entry, variables=dict(variables), run_id=run_id, max_tries=ti.max_tries
        )
        context["task_state_store"].set(_KEY, asdict(iteration))
        given = {name: variables.get(name) for name in self.inputs_of_body}
        given[ORIGIN_KEY] = RunOrigin.for_run_of(context)
        if self.entry_variable:
            given[self.entry_variable] = entry
        if self.item_name:
            given[self.item_name] = self._item(context, number)
        self.log.info("Iteration %s: run %s", number, run_id)
        start_run(
            self.body_dag_id, run_id, given, f"Iteration {number} of {ti.task_id} in run {ti.run_id} of {ti.dag_id}"
        )
        return self._wait(run_id)

    def _item(self, context: Context, number: int) -> Any:
        if self.items is None:
            return number - 1
        return parse_expression(self.items).evaluate(self.values(context))[number - 1]

    def _wait(self, run_id: str) -> dict[str, Any]:
        self.defer(
            trigger=RunEndTrigger(
                dag_id=self.body_dag_id,
                states=[DagRunState.SUCCESS, DagRunState.FAILED],  # type: ignore[list-item]  # equal strings of two enums
                run_ids=[run_id],
                poll_interval=POLL_SECONDS,
            ),
            method_name="execute_complete",
        )

    def _finish(self, context: Context, number: int, variables: Mapping[str, Any], outcome: str) -> dict[str, Any]:
        published = {name: variables.get(name) for name in self.sets if name in variables}
        if self.outcome_variable:
            published[self.outcome_variable] = outcome
        context["ti"].xcom_push(key=VARIABLES_KEY, value=published)
        return {"iterations": number, "outcome": outcome}
