"""The triggers of a JSON template: to one schedule, or diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.diagnostics import Diagnostic
from dag_factory.model.duration import duration_seconds

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_QUEUES = {"kafka": "kafka", "redis+pubsub": "redis+pubsub"}
_MAX_CRON_LENGTH = 500
_MAX_ASSET_LENGTH = 1500
_MAX_INTERVAL_SECONDS = 10 * 366 * 86_400.0


def read_triggers(triggers: Sequence[Any]) -> tuple[ScheduleSpec, list[Diagnostic]]:
    """Return the schedule that ``triggers`` (models of the JSON format) give together, and what is wrong with them."""
    found: list[Diagnostic] = []
    timed = [(index, item) for index, item in enumerate(triggers) if item.type in ("cron", "interval")]
    for index, item in timed:
        found += _check_times(index, item)
    found += _check_together(timed)
    for index, item in enumerate(triggers):
        if item.type == "asset":
            found += [problem for uri in item.assets for problem in _check_asset(index, uri)]
        if item.type == "message" and _scheme(item.queue) not in _QUEUES:
            found.append(
                _invalid(
                    index,
                    "queue",
                    f"the queue {item.queue!r} is of no known kind",
                    "start it with kafka:// or redis+pubsub://",
                )
            )
    if found or not triggers:
        return ScheduleSpec(), found
    first = timed[0][1] if timed else None
    return (
        ScheduleSpec(
            crons=tuple(PRESETS.get(item.cron, item.cron) for _, item in timed if item.type == "cron"),
            interval_seconds=duration_seconds(first.every) if first and first.type == "interval" else None,
            timezone=first.timezone if first and first.type == "cron" else "UTC",
            assets=tuple(uri for item in triggers if item.type == "asset" for uri in item.assets),
            message_queues=tuple(_message_queue(item) for item in triggers if item.type == "message"),
            start_date=first.start_date if first else None,
            catchup=bool(first and first.catchup),
        ),
        [],
    )


def is_instant(text: str) -> bool:
    """Return whether ``text`` is an ISO 8601 date or instant."""
    try:
        datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def is_cron(text: str) -> bool:
    """Return whether Airflow's own cron library accepts ``text`` as an expression of five fields and finds a time."""
    from croniter import CroniterError, croniter

    text = PRESETS.get(text, text)
    if len(text) > _MAX_CRON_LENGTH or len(text.split()) != 5 or not croniter.is_valid(text):
        return False
    try:
        return bool(croniter(text, datetime(2024, 1, 1, tzinfo=UTC)).get_next())
    except CroniterError:  # a day that no year has, such as 30 February: Airflow could not plan a run
        return False


def _check_times(index: int, item: Any) -> Iterator[Diagnostic]:
    if item.type == "cron":
        if not is_cron(item.cron):
            yield _invalid(
                index, "cron", f"{item.cron!r} is not a cron expression of five fields", "for example 0 3 * * 1-5"
            )
        if not _is_timezone(item.timezone):
            yield _invalid(
                index, "timezone", f"unknown time zone {item.timezone!r}", "write an IANA name such as Europe/Berlin"
            )
    elif not 1 <= (duration_seconds(item.every) or 0) <= _MAX_INTERVAL_SECONDS:
        problem = f"{item.every!r} is not a duration from one second to ten years"
        yield _invalid(index, "every", problem, "write PT15M, P1D or seconds")
    if item.start_date is not None and not is_instant(item.start_date):
        yield _invalid(index, "start_date", f"{item.start_date!r} is not an ISO 8601 date", "for example 2026-01-31")
    if item.catchup and item.start_date is None:
        yield _invalid(index, "catchup", "`catchup` needs a `start_date` to begin at", "add `start_date`")


def _check_together(timed: Sequence[tuple[int, Any]]) -> Iterator[Diagnostic]:
    for index, item in timed[1:]:
        first = timed[0][1]
        if item.type != "cron" or first.type != "cron":
            yield _invalid(index, "type", "an interval cannot stand beside another time trigger", "keep one of the two")
        elif (item.timezone, item.catchup, item.start_date) != (first.timezone, first.catchup, first.start_date):
            yield _invalid(
                index,
                "cron",
                "several cron triggers share one schedule",
                "give them the same timezone, catchup and start_date",
            )


def _check_asset(index: int, uri: str) -> Iterator[Diagnostic]:
    """Yield what Airflow would refuse about the address of an asset."""
    if not uri.strip() or len(uri) > _MAX_ASSET_LENGTH or uri in ("self", "context") or not _is_splittable(uri):
        problem = f"{uri[:80]!r} is not the address of an asset"
    elif _scheme(uri).lower() == "airflow":
        problem = f"{uri[:80]!r} has the scheme `airflow`, which Airflow keeps to itself"
    else:
        return
    yield _invalid(index, "assets", problem, "write a URI such as s3://bucket/key or x-backup://nightly")


def _message_queue(item: Any) -> dict[str, Any]:
    parts = urlsplit(item.queue)
    queue = {"name": item.name or item.queue, "scheme": _QUEUES[parts.scheme], "queue": item.queue}
    return {**queue, "connection": item.connection} if item.connection else queue


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _scheme(address: str) -> str:
    return urlsplit(address).scheme if _is_splittable(address) else ""


def _is_splittable(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def _invalid(index: int, field: str, message: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        code="DF110", message=f"trigger {index + 1}: {message}", remedy=remedy, pointer=f"/triggers/{index}/{field}"
    )
