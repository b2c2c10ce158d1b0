"""CallOperator: starts a run of another Dag and waits for its end without using a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from airflow.providers.standard.operators.trigger_dagrun import XCOM_RUN_ID, TriggerDagRunOperator
from airflow.sdk import Context, DagRunState

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.child_run import (
    check_dag_runs,
    child_run_id,
    error_code_of_run,
    start_run,
    state_of_run,
)
from airflow_ops_plugin.operators.result_size import check_result_size
from airflow_ops_plugin.operators.run_end_trigger import RunEndTrigger
from dag_factory.airflow_backend.run_origin import ORIGIN_KEY, RunOrigin
from dag_factory.airflow_backend.uses_variables import UsesVariables

RESULT_TASK_ID = "result"
"""The task of a called Dag whose ``return_value`` is what the call gives back."""

POLL_SECONDS = 5

_UNFINISHED = (DagRunState.QUEUED, DagRunState.RUNNING)
_STARTED_KEY = "called_run"
"""Task state: the run that was started last, and ``max_tries`` of the attempts that it belongs to."""


class CalledRunFailedError(OpsError):
    """The called run ended in failure.

    :param error_code: code of the error with which it failed, ``None`` for a failure that has none.
    """

    def __init__(self, message: str, *, error_code: str | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


class CallOperator(UsesVariables, TriggerDagRunOperator):
    """Starts a run of a Dag and returns ``run_id``, ``state`` and ``result``.

    A further attempt of Airflow's takes up the run that an earlier one started, unless that one failed; then it
    starts a new one. Clearing the task by hand starts a new run. Once the task waits no longer, whatever ended it, the
    engine stops the run that it waited for.

    :param dag_id: the Dag to call. Interpolated.
    :param inputs: the called run's variables, by name. Interpolated.
    :param wait: ``False`` goes on at once; ``state`` is then the state at that time and ``result`` is empty.
    :param on_failure: ``"fail"`` fails with the called run; ``"continue"`` succeeds and tells by ``state``.
    """

    template_fields: Sequence[str] = ("trigger_dag_id", "conf")
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        dag_id: str,
        inputs: Mapping[str, Any] | None = None,
        wait: bool = True,
        on_failure: Literal["fail", "continue"] = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trigger_dag_id=dag_id,
            conf=dict(inputs or {}),
            wait_for_completion=wait,
            poke_interval=POLL_SECONDS,
            deferrable=True,
            **kwargs,
        )
        self.on_failure = on_failure

    def execute(self, context: Context) -> dict[str, Any]:
        """Start or take up the run, then hand over to the trigger.

        :raises ArgumentValueError: there is no such Dag, or it refuses the inputs.
        :raises CalledDagUnavailableError: the Dag is paused.
        """
        with self.guarded(context):
            return self._call(context)

    def _call(self, context: Context) -> dict[str, Any]:
        dag_id, run_id, state = self._run_to_follow(context)
        context["ti"].xcom_push(key=XCOM_RUN_ID, value=run_id)  # what the link in Airflow's UI reads
        if not self.wait_for_completion:
            return self._finish(context, {"run_id": run_id, "state": state.value, "result": {}})
        if state not in _UNFINISHED:
            return self._read_end(context, run_id, state)
        self.defer(
            trigger=RunEndTrigger(
                dag_id=dag_id,
                states=self.allowed_states + self.failed_states,
                run_ids=[run_id],
                poll_interval=self.poke_interval,
            ),
            method_name="execute_complete",
            timeout=self.execution_timeout,
        )

    def execute_complete(self, context: Context, event: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        """Return the result of the run that has ended.

        :raises CalledRunFailedError: it failed, and ``on_failure`` is ``"fail"``.
        """
        _, facts = event
        run_id = facts["run_ids"][0]
        with self.guarded(context):
            return self._read_end(context, run_id, DagRunState(facts[run_id]))

    def _read_end(self, context: Context, run_id: str, state: DagRunState) -> dict[str, Any]:
        if state != DagRunState.SUCCESS and self.on_failure == "fail":
            problem = f"the called run {run_id!r} of the Dag {self.trigger_dag_id!r} ended as {state.value}"
            code = error_code_of_run(context["ti"], str(self.trigger_dag_id), run_id)
            raise CalledRunFailedError(problem, error_code=code)
        result = context["ti"].xcom_pull(
            dag_id=self.trigger_dag_id, run_id=run_id, task_ids=RESULT_TASK_ID, map_indexes=-1
        )
        given = result if isinstance(result, Mapping) else {}
        return self._finish(context, {"run_id": run_id, "state": state.value, "result": dict(given)})

    def _run_to_follow(self, context: Context) -> tuple[str, str, DagRunState]:
        """Return Dag, run id and state of the run this attempt waits for, started where there is none to take up.

        The id is recorded before the start: an attempt that dies in between leaves a trace, never an orphan.
        """
        ti, store, dag_id = context["ti"], context["task_state_store"], str(self.trigger_dag_id)
        recorded = store.get(_STARTED_KEY)
        if isinstance(recorded, dict) and recorded["dag_id"] == dag_id and recorded["max_tries"] == ti.max_tries:
            run_id = str(recorded["run_id"])
            state = state_of_run(ti, dag_id, run_id)
            if state in (*_UNFINISHED, DagRunState.SUCCESS):
                self.log.info("Taking up the run %s, which an earlier attempt started", run_id)
                return dag_id, run_id, state
        check_dag_runs(ti, dag_id)
        run_id = child_run_id(ti)
        store.set(_STARTED_KEY, {"dag_id": dag_id, "run_id": run_id, "max_tries": ti.max_tries})
        origin = RunOrigin.for_run_of(context, is_stopped_with_task=self.wait_for_completion)
        inputs = {**(self.conf or {}), ORIGIN_KEY: origin}
        start_run(dag_id, run_id, inputs, f"Called by task {ti.task_id} of run {ti.run_id} of Dag {ti.dag_id}")
        return dag_id, run_id, DagRunState.QUEUED

    def _finish(self, context: Context, result: dict[str, Any]) -> dict[str, Any]:
        check_result_size(result, "return less from the called Dag")
        self.publish_outputs(context, result)
        return result
