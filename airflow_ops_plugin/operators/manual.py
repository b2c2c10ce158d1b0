"""ManualOperator: asks a person and follows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, SkipMixin
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.execution_time.hitl import HITLUser

from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.form import checked_input, defaults, form_param
from dag_factory.airflow_backend.uses_variables import UsesVariables

FAIL = "fail"
"""The value of ``on_timeout`` that fails the task when nobody answers in time."""


class ManualOperator(UsesVariables, HITLOperator, SkipMixin):
    """Waits for a person, without using a worker.

    Returns ``choice``, ``choices``, ``form``, ``user`` and ``answered_at``. Every answer is a
    success, a rejection too. ``user`` is ``None`` where nobody answered and ``on_timeout`` did.

    Airflow keeps the request and the answer in its table ``hitl_detail``, one row for each task instance; who has
    the right to answer is decided by the auth manager, and by ``assignees``.

    :param subject: headline of the request. Interpolated.
    :param body: Markdown. Interpolated.
    :param options: the possible answers.
    :param branches: option -> ids of the direct downstream tasks it follows; the others are skipped. An option that
        is not named follows none. ``None``: every answer follows everything.
    :param multiple: whether several options may be chosen.
    :param form: the fields to fill in, see ``form_param``. Interpolated.
    :param assignees: ids of the only users who may answer; an entry may hold several, separated by commas. Empty:
        everybody who may answer for this Dag. Interpolated.
    :param candidate_groups: groups whose members should answer; shown in the request. Interpolated.
    :param response_timeout_seconds: how long to wait for the answer.
    :param on_timeout: ``"fail"``, or the option that counts as chosen then.
    """

    template_fields: Sequence[str] = ("subject", "body", "form", "assignees", "candidate_groups")
    template_ext: Sequence[str] = ()
    inherits_from_skipmixin = True

    def __init__(
        self,
        *,
        subject: str,
        body: str = "",
        options: Sequence[str] = ("Approve", "Reject"),
        branches: Mapping[str, Sequence[str]] | None = None,
        multiple: bool = False,
        form: Sequence[Mapping[str, Any]] = (),
        assignees: Sequence[str] = (),
        candidate_groups: Sequence[str] = (),
        response_timeout_seconds: float = 3600.0,
        on_timeout: str = FAIL,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            subject=subject,
            body=body,
            options=list(options),
            defaults=None if on_timeout == FAIL else [on_timeout],
            multiple=multiple,
            response_timeout=timedelta(seconds=response_timeout_seconds),
            **kwargs,
        )
        if unknown := sorted((branches or {}).keys() - set(options)):
            raise ValueError(f"branches names {', '.join(unknown)}, which is none of the options")
        self.branches = None if branches is None else {option: list(ids) for option, ids in branches.items()}
        self.form = [dict(field) for field in form]
        self.assignees = list(assignees)
        self.candidate_groups = list(candidate_groups)

    def execute(self, context: Context) -> None:
        """Write the request and park the task.

        :raises ArgumentValueError: the assignees' expressions name nobody; an open request would let anybody answer.
        """
        self.assigned_users = self._assigned_users()
        self.params = self._form_params()
        if groups := _split(self.candidate_groups):
            self.body = f"{self.body or ''}\n\n**Candidate groups:** {', '.join(groups)}".strip()
        super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Return the answer and skip what it does not choose.

        :raises HITLTimeoutError: nobody answered in time.
        :raises FormInputError: what was entered does not fit the form.
        """
        self.params = self._form_params()
        form = defaults(self.form)
        if "error" not in event and not event.get("timedout"):
            form = checked_input(self.form, event["params_input"] or {})
        answer = super().execute_complete(context, {**event, "params_input": {}})
        self.hitl_summary_extra["params_input"] = form
        chosen, user = list(answer["chosen_options"]), answer["responded_by_user"]
        result = {
            "choice": chosen[0] if chosen else None,
            "choices": chosen,
            "form": form,
            "user": {"id": user["id"], "name": user["name"]} if user else None,
            "answered_at": answer["responded_at"].isoformat(),
        }
        self.publish_outputs(context, result)
        self._follow(context, result)
        return result

    def process_trigger_event_error(self, event: dict[str, Any]) -> NoReturn:
        """Fail, saying how long nobody answered."""
        if event["error_type"] == "timeout" and self.response_timeout is not None:
            seconds = self.response_timeout.total_seconds()
            raise HITLTimeoutError(f"nobody answered {self.subject!r} within {seconds:g} seconds")
        super().process_trigger_event_error(event)
        raise AssertionError("Airflow raises for every error event")

    def _assigned_users(self) -> list[HITLUser]:
        ids = _split(self.assignees)
        if self.assignees and not ids:
            raise ArgumentValueError("the assignees are given but name nobody; check the values they come from")
        return [HITLUser(id=user, name=user) for user in ids]

    def _form_params(self) -> ParamsDict:
        return ParamsDict({field["name"]: form_param(field) for field in self.form})

    def _follow(self, context: Context, result: Mapping[str, Any]) -> None:
        if self.branches is None:
            return
        followed = {task_id for option in result["choices"] for task_id in self.branches.get(option, ())}
        task = context["task"]
        # An answer without a branch ends everything after the task, also what another path leads to.
        after = task.downstream_list if followed else task.get_flat_relatives(upstream=False)
        skipped = [other for other in after if other.task_id not in followed]
        # Skipping ends the task by an exception, after which Airflow does not keep the return value.
        context["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=dict(result))
        self.skip(context["ti"], skipped)


def _split(names: Sequence[Any]) -> list[str]:
    """Return the names in ``names``, whose entries may be lists, or text with commas; each once, in order."""
    flat = [part for entry in names for part in (entry if isinstance(entry, list) else str(entry or "").split(","))]
    return list(dict.fromkeys(name for part in flat if (name := str(part).strip())))
