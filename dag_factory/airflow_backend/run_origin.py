"""RunOrigin: to which whole process a run belongs, and which event started it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

ORIGIN_KEY = "origin"
"""Key of a run's ``conf`` under which the task that started it says where it stands."""

CHILD_RUN_PREFIX = "called_by__"
"""How the id of each run begins that a task has started."""

EVENT_KEY = "event"
"""Key of a run's ``conf`` with the event that started it, where no asset event did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrigin:
    """Where a run comes from.

    :param root_run_id: the run that nobody's task started; the run itself where that is so.
    :param since: when that run began.
    :param dag_id: with ``run_id``, ``task_id``, ``map_index`` the task that started this run; empty where none did.
    :param max_tries: of the attempts of that task that wait for this run, which the engine stops when they are over;
        ``None`` where it goes on without them.
    """

    root_run_id: str
    since: datetime
    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""
    map_index: int = -1
    max_tries: int | None = None

    @classmethod
    def of(cls, context: Context) -> RunOrigin:
        """Return the origin of the run of ``context``."""
        dag_run: Any = context["dag_run"]
        given = (dag_run.conf or {}).get(ORIGIN_KEY)
        if isinstance(given, dict):
            return cls(**{**given, "since": datetime.fromisoformat(given["since"])})
        return cls(root_run_id=dag_run.run_id, since=dag_run.start_date or dag_run.run_after)

    @classmethod
    def for_run_of(cls, context: Context, *, is_stopped_with_task: bool = False) -> dict[str, Any]:
        """Return what a run that the task of ``context`` starts finds in its ``conf``.

        :param is_stopped_with_task: whether the engine stops the run once that task no longer waits for it.
        """
        own, ti = cls.of(context), context["ti"]
        return {
            "root_run_id": own.root_run_id,
            "since": own.since.isoformat(),
            "dag_id": ti.dag_id,
            "run_id": ti.run_id,
            "task_id": ti.task_id,
            "map_index": -1 if ti.map_index is None else ti.map_index,
            "max_tries": ti.max_tries if is_stopped_with_task else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingEvent:
    """A message or signal that started a run.

    :param uri: the asset that stands for it.
    :param extra: what the sender sent: ``key`` and ``variables``.
    """

    uri: str
    extra: dict[str, Any]


def starting_events(context: Context) -> list[StartingEvent]:
    """Return the events that started the run of ``context``, earliest first."""
    dag_run: Any = context["dag_run"]
    given = (dag_run.conf or {}).get(EVENT_KEY)
    if isinstance(given, dict):
        return [StartingEvent(uri=str(given.get("uri")), extra=dict(given.get("extra") or {}))]
    events = sorted(getattr(dag_run, "consumed_asset_events", None) or [], key=lambda event: event.timestamp)
    return [StartingEvent(uri=event.asset.uri, extra=dict(event.extra or {})) for event in events]
