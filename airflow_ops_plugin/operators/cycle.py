"""The first instant of a repeating timer."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.instant import end_of_duration, instant


def first_of_cycle(text: str, now: datetime) -> datetime:
    """Return when a repetition (``R3/PT10M``, ``R/2030-01-01T00:00:00Z/PT1H``) or a cron expression first fires.

    :raises ArgumentValueError: it is neither.
    """
    parts = text.strip().split("/")
    if parts[0].startswith("R") and len(parts) == 2:
        return end_of_duration(parts[1], now)
    if parts[0].startswith("R") and len(parts) == 3:
        return max(instant(parts[1], "UTC"), now)
    return _first_of_cron(text, now)


def _first_of_cron(text: str, now: datetime) -> datetime:
    from croniter import CroniterBadCronError, croniter  # loaded only where a diagram has such a timer

    fields = text.split()
    plain = " ".join(fields[1:6]) if len(fields) in (6, 7) else text
    try:
        found: datetime = croniter(plain.replace("?", "*"), now.astimezone(UTC)).get_next(datetime)
    except CroniterBadCronError as error:
        raise ArgumentValueError(f"{text!r} is neither a repetition such as R3/PT10M nor a cron expression") from error
    return found
