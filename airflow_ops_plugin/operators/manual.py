"""ManualOperator: asks a person and follows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, SkipMixin
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput
from airflow.sdk.execution_time.hitl import HITLUser, upsert_hitl_detail

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.asked_people import AskedPeople, time_left, users_of
from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.form import checked_input, defaults, form_param
from airflow_ops_plugin.operators.work_request import split_names
from dag_factory.airflow_backend.uses_variables import UsesVariables

if TYPE_CHECKING:
    from airflow_ops_plugin.assignment.schemas import AnswerResult

FAIL = "fail"
"""The value of ``on_timeout`` that fails the task when nobody answers in time."""


class NoMajorityError(OpsError, AirflowFailException):
    """Everybody who was asked has answered, and no answer has enough votes."""


class ManualOperator(UsesVariables, HITLOperator, SkipMixin):
    """Waits for a person, without using a worker.

    Returns ``choice``, ``choices``, ``form``, ``user`` and ``answered_at``; with a quorum also ``answers``. Every
    answer is a success, a rejection too. ``user`` is ``None`` where nobody answered and ``on_timeout`` did.

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
    :param agent: what the people must be like whom the queue gives the request to, one after the other or, for a
        quorum, several at once; only they may answer. See ``work_request``. Interpolated.
    :param response_timeout_seconds: how long to wait for the answer.
    :param on_timeout: ``"fail"``, or the option that counts as chosen then.
    """

    template_fields: Sequence[str] = ("subject", "body", "form", "assignees", "candidate_groups", "agent")
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
        agent: Mapping[str, Any] | None = None,
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
        self.agent = dict(agent) if agent else None

    def execute(self, context: Context) -> None:
        """Write the request and park the task.

        :raises ArgumentValueError: the assignees' expressions name nobody; an open request would let anybody answer.
        """
        if self.agent is None:
            self.assigned_users = self._assigned_users()
        else:
            self.assigned_users = users_of(AskedPeople.of_task(self.agent, context).ask(self.subject))
        self.params = self._form_params()
        if groups := split_names(self.candidate_groups):
            self.body = f"{self.body or ''}\n\n**Candidate groups:** {', '.join(groups)}".strip()
        super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Return the answer and skip what it does not choose; where a quorum wants more answers, wait on.

        :raises HITLTimeoutError: nobody answered in time.
        :raises NoMajorityError: all have answered, and there is no majority.
        :raises FormInputError: what was entered does not fit the form.
        """
        answers = None if self.agent is None else self._hear_people(context, event)
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
        } | ({"answers": dict(answers)} if answers else {})
        self.publish_outputs(context, result)
        self._follow(context, result)
        return result

    def _hear_people(self, context: Context, event: dict[str, Any]) -> Mapping[str, str]:
        """Return the answers of a quorum by person, nothing for one person; the decision goes into ``event``.

        :raises TaskAwaitingInput: it takes more answers.
        :raises NoMajorityError: all have answered, and nothing has won.
        """
        people = AskedPeople.of_task(self.agent or {}, context)
        item = people.current()
        if "error" in event or event.get("timedout"):
            people.give_back(item.id, outcome="nobody answered in time")
            return {}
        user = event["responded_by_user"] or {}
        chosen = ", ".join(event["chosen_options"])
        heard = people.hear(item.id, user_id=str(user.get("id", "")), option=chosen)
        if item.seats == 1:
            return {}
        if not heard.is_decided:
            self._wait_for_more(context, people, heard)
        if heard.decision is None:
            raise NoMajorityError(f"no answer has {item.quorum} of {item.seats} votes: {heard.answers}")
        event["chosen_options"] = [heard.decision]
        return heard.answers

    def _wait_for_more(self, context: Context, people: AskedPeople, heard: AnswerResult) -> NoReturn:
        """Open the request again for those who have not answered yet."""
        assert self.response_timeout is not None
        item = heard.work_item
        self.log.info("%d of %d answers so far: %s", len(heard.answers), item.seats, heard.answers)
        upsert_hitl_detail(
            ti_id=context["ti"].id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            defaults=self.defaults,
            multiple=self.multiple,
            params=self.serialized_params,
            assigned_users=users_of(item),
        )
        # Airflow has kept the assignees of the request as it was; asking again lets the API write them.
        people.ask(self.subject)
        raise TaskAwaitingInput(method_name="execute_complete", timeout=time_left(item, self.response_timeout))

    def process_trigger_event_error(self, event: dict[str, Any]) -> NoReturn:
        """Fail, saying how long nobody answered."""
        if event["error_type"] == "timeout" and self.response_timeout is not None:
            seconds = self.response_timeout.total_seconds()
            raise HITLTimeoutError(f"nobody answered {self.subject!r} within {seconds:g} seconds")
        super().process_trigger_event_error(event)
        raise AssertionError("Airflow raises for every error event")

    def _assigned_users(self) -> list[HITLUser]:
        ids = split_names(self.assignees)
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
