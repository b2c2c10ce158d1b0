"""EventRaceOperator: waits for the first of several events without using a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, BaseOperator, BranchMixIn, Context, conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import AssetStateStoreAccessor

from airflow_ops_plugin.operators.cycle import first_of_cycle
from airflow_ops_plugin.operators.event_trigger import EventTrigger
from airflow_ops_plugin.operators.instant import end_of_duration, instant
from airflow_ops_plugin.operators.mailbox import ANY_KEY, Letter, bell_of, is_taken, letters_since, stamp_of, take
from dag_factory.airflow_backend.operators.outcome_router import OUTCOME_KEY
from dag_factory.airflow_backend.run_origin import RunOrigin
from dag_factory.airflow_backend.stop_tasks import stop_tasks
from dag_factory.airflow_backend.task_states import FINISHED, as_states, read_states
from dag_factory.airflow_backend.uses_variables import VARIABLES_KEY, UsesVariables
from dag_factory.expressions import parse_expression
from dag_factory.model.event_address import asset_uri
from dag_factory.nodes.event_race import BUSINESS_KEY

_BEGUN_KEY = "waiting_since"
"""Task state: when the wait began, and ``max_tries`` of the attempts that it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event that has happened.

    :param place: its place among the events waited for.
    :param letter: the message or signal, where it is one.
    """

    at: datetime
    place: int
    letter: Letter | None = None


class EventRaceOperator(UsesVariables, BaseOperator, BranchMixIn):
    """Waits until an event has happened, the earliest first, and follows its branch.

    Messages count from the beginning of the run on, also those that were sent before the wait began; each is taken by
    one wait. Signals count from the beginning of the wait on, for every wait. What comes with either are variables.

    :param events: ``outcome``, ``kind`` and what the kind needs, see ``AwaitedEvent``. Interpolated.
    :param watch: tasks beside which it waits: it is skipped when they are done first.
    :param stops: tasks that it stops once an event was first.
    :param changed_by: tasks that set variables of its conditions.
    :param is_answer: whether the run has sent a message before, so that one without a key is no first contact.
    :param branches: outcome -> ids of the tasks to follow; ``None`` follows everything.
    """

    template_fields: Sequence[str] = ("events",)
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        events: Sequence[Mapping[str, Any]],
        watch: Sequence[str] = (),
        stops: Sequence[str] = (),
        changed_by: Sequence[str] = (),
        is_answer: bool = False,
        branches: Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        posts = [asset_uri(event["kind"], event["name"]) for event in events if event["kind"] in ("message", "signal")]
        # As an inlet Airflow knows the asset, even before anything has sent the message.
        super().__init__(inlets=[Asset(uri=uri) for uri in dict.fromkeys(posts)], **kwargs)
        self.events = [dict(event) for event in events]
        self.watch = list(watch)
        self.stops = list(stops)
        self.changed_by = list(changed_by)
        self.is_answer = is_answer
        self.branches = None if branches is None else {outcome: list(ids) for outcome, ids in branches.items()}

    def execute(self, context: Context) -> Any:
        """Look whether an event has happened already, else wait in the triggerer.

        :raises ArgumentValueError: a time cannot be read.
        :raises AirflowFailException: a condition cannot come true any more.
        :raises AirflowSkipException: what it waits beside was done first, or nobody waits for this run.
        """
        since = self._begin(context)
        # Before looking: whatever rings from now on is another reason to look.
        bells = self._bells(context)
        done = self._done(context)
        happened = self._happened(context, since)
        chosen = self._choose(context, happened)
        if chosen is not None:
            return self._finish(context, chosen)
        self._fail_if_hopeless(done)
        self._wait(context, since, bells, done)
        return None

    def look_again(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Look once more: something may have happened."""
        if not isinstance(event, Mapping):  # ``airflow dags test`` goes on even where the trigger ends the task
            raise AirflowSkipException("what this waits beside was done first")
        self.log.info("Looking because of: %s", event.get("reason"))
        return self.execute(context)

    def _begin(self, context: Context) -> datetime:
        """Return when the wait began; later attempts go on with that, unless somebody cleared the task."""
        store, max_tries = context["task_state_store"], context["ti"].max_tries
        record = store.get(_BEGUN_KEY)
        if isinstance(record, dict) and record["max_tries"] == max_tries:
            return datetime.fromisoformat(str(record["since"]))
        now = datetime.now(UTC)
        store.set(_BEGUN_KEY, {"since": now.isoformat(), "max_tries": max_tries})
        return now

    def _happened(self, context: Context, since: datetime) -> list[Happening]:
        found = (self._look_for(place, event, context, since) for place, event in enumerate(self.events))
        return sorted((item for item in found if item is not None), key=lambda item: item.at)

    def _look_for(self, place: int, event: Mapping[str, Any], context: Context, since: datetime) -> Happening | None:
        now = datetime.now(UTC)
        match event["kind"]:
            case "timer":
                at = _due(event, since)
                return Happening(at=at, place=place) if at <= now else None
            case "conditional":
                text = event.get("condition")
                is_true = bool(text) and parse_expression(str(text)).is_true(self.values(context))
                return Happening(at=now, place=place) if is_true else None
            case "owner":
                return Happening(at=now, place=place) if self._is_abandoned(context) else None
        letter = self._letter(event, context, since)
        return Happening(at=letter.sent_at, place=place, letter=letter) if letter else None

    def _letter(self, event: Mapping[str, Any], context: Context, since: datetime) -> Letter | None:
        uri = _uri(event)
        if event["kind"] == "signal":
            return next(letters_since(uri, since), None)
        for letter in letters_since(uri, RunOrigin.of(context).since):
            if self._is_for_me(event, letter, context) and not is_taken(uri, letter, context):
                return letter
        return None

    def _is_for_me(self, event: Mapping[str, Any], letter: Letter, context: Context) -> bool:
        own = self._key(event, context)
        if own == ANY_KEY:
            # The first message of a conversation; one with the run id of another run is for that run.
            ti, key = context["ti"], letter.key
            root = RunOrigin.of(context).root_run_id
            return key in (ANY_KEY, root) or not ti.get_dr_count(dag_id=ti.dag_id, run_ids=[key])
        return letter.key == own or (letter.key == ANY_KEY and not event.get("correlation"))

    def _key(self, event: Mapping[str, Any], context: Context) -> str:
        """Return the key that a message must have; ``ANY_KEY`` where the first message will tell."""
        values = self.values(context)
        if event.get("correlation"):
            return str(parse_expression(str(event["correlation"])).evaluate(values))
        if values.get(BUSINESS_KEY):
            return str(values[BUSINESS_KEY])
        return RunOrigin.of(context).root_run_id if self.is_answer else ANY_KEY

    def _is_abandoned(self, context: Context) -> bool:
        origin, ti = RunOrigin.of(context), context["ti"]
        if not origin.task_id:
            raise AirflowSkipException("nobody's task has started this run")
        found = ti.get_task_states(dag_id=origin.dag_id, task_ids=[origin.task_id], run_ids=[origin.run_id])
        states = as_states(found.get(origin.run_id, {}), [origin.task_id])
        return all(state in FINISHED for state in states.values())

    def _choose(self, context: Context, happened: Sequence[Happening]) -> list[Happening] | None:
        """Return the events that end the wait, their messages taken; ``None`` where the wait goes on."""
        for item in happened:
            group = [other for other in happened if self._is_with(other, item)]
            if len(group) == self._size_of_group(item) and all(self._take(other, context) for other in group):
                return group
        return None

    def _is_with(self, item: Happening, other: Happening) -> bool:
        """Return whether two events make up one: the same, or parts of one parallel multiple event."""
        one, two = self.events[item.place], self.events[other.place]
        return item.place == other.place or bool(one.get("needs_all") and one["outcome"] == two["outcome"])

    def _size_of_group(self, item: Happening) -> int:
        event = self.events[item.place]
        return sum(other["outcome"] == event["outcome"] for other in self.events) if event.get("needs_all") else 1

    def _take(self, item: Happening, context: Context) -> bool:
        event = self.events[item.place]
        return event["kind"] != "message" or item.letter is None or take(_uri(event), item.letter, context)

    def _finish(self, context: Context, chosen: Sequence[Happening]) -> Any:
        event, ti = self.events[chosen[0].place], context["ti"]
        if self.watch and all(state in FINISHED for state in read_states(ti, self.watch).values()):
            raise AirflowSkipException("what this waits beside was done first")
        self.log.info("Happened: %s %s", event["kind"], event.get("name") or event["outcome"])
        if self.stops:
            stop_tasks(context, self.stops, self.log)
        ti.xcom_push(key=OUTCOME_KEY, value=event["outcome"])
        if variables := self._brought(chosen):
            ti.xcom_push(key=VARIABLES_KEY, value=variables)
        if self.branches is None:
            return event["outcome"]
        return self.do_branch(context, self.branches.get(event["outcome"], []))

    def _brought(self, happened: Sequence[Happening]) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        for item in happened:
            if item.letter is not None:
                variables |= item.letter.variables
                if item.letter.key and not self.events[item.place].get("correlation"):
                    variables[BUSINESS_KEY] = item.letter.key
        return variables

    def _bells(self, context: Context) -> list[dict[str, str]]:
        """Return the states of assets that change when something is sent, as they are now."""
        found = []
        for event in self.events:
            if event["kind"] in ("message", "signal"):
                key = self._key(event, context) if event["kind"] == "message" else ANY_KEY
                uri, bell = _uri(event), bell_of(key)
                found.append({"uri": uri, "bell": bell, "stamp": stamp_of(AssetStateStoreAccessor(uri=uri).get(bell))})
        return found

    def _done(self, context: Context) -> int:
        states = read_states(context["ti"], self.changed_by)
        return sum(state in FINISHED for state in states.values())

    def _fail_if_hopeless(self, done: int) -> None:
        kinds = {event["kind"] for event in self.events}
        if kinds == {"conditional"} and not self.watch and done >= len(self.changed_by):
            conditions = ", ".join(str(event.get("condition") or "(none)") for event in self.events)
            raise AirflowFailException(
                f"{self.task_display_name!r} waits for {conditions}, and no task is left that could make it true"
            )

    def _wait(self, context: Context, since: datetime, bells: list[dict[str, str]], done: int) -> None:
        ti, origin = context["ti"], RunOrigin.of(context)
        times = [at for event in self.events if event["kind"] == "timer" if (at := _due(event, since)) > since]
        times = [at for at in times if at > datetime.now(UTC)]
        if bells:
            # Events that people or other programs create ring no bell.
            seconds = conf.getfloat("ops", "message_check_seconds", fallback=60.0)
            times.append(datetime.now(UTC) + timedelta(seconds=seconds))
        owner = {"dag_id": origin.dag_id, "run_id": origin.run_id, "task_id": origin.task_id}
        self.defer(
            trigger=EventTrigger(
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                until=min(times).isoformat() if times else None,
                bells=bells,
                watch=self.watch,
                changed_by=self.changed_by,
                done=done,
                owner=owner if any(event["kind"] == "owner" for event in self.events) else None,
            ),
            method_name="look_again",
        )


def _uri(event: Mapping[str, Any]) -> str:
    return asset_uri(str(event["kind"]), str(event["name"]))


def _due(event: Mapping[str, Any], since: datetime) -> datetime:
    text = str(event["timer"])
    match event.get("timer_kind"):
        case "date":
            return instant(text, "UTC")
        case "cycle":
            return first_of_cycle(text, since)
    return end_of_duration(text, since)
