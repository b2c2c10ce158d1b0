"""Reads the end of a wait: a duration from now, or an instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pendulum
from pendulum.parsing.exceptions import ParserError

from airflow_ops_plugin.operators.errors import ArgumentValueError

_DURATION = re.compile(r"P(?=.*\d)[\d.,YMWDTHS]+")
_SECONDS = re.compile(r"\d+(\.\d+)?")


def end_of_duration(text: str | float, now: datetime, timezone: str | None = None) -> datetime:
    """Return the instant that lies a duration after ``now``.

    :param text: ISO 8601 (``PT5M``, ``P1D``) or a number of seconds; months and years follow the calendar.
    :param timezone: IANA zone whose clock counts days, months and years; UTC where absent.
    :raises ArgumentValueError: it is neither, is negative or goes beyond the calendar.
    """
    start = pendulum.instance(now.astimezone(_zone(timezone)))
    try:
        return (start + _duration(str(text).strip())).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ArgumentValueError(f"the duration {text!r} is too long") from error


def instant(text: str, timezone: str | None = None) -> datetime:
    """Return the instant that ``text`` names, in UTC.

    :param text: ISO 8601 date and time (or a date: its midnight).
    :param timezone: IANA zone in which a ``text`` without an offset is read.
    :raises ArgumentValueError: it is none, or has neither an offset nor a ``timezone``.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        problem = f"{text!r} is not an instant; write it like 2030-01-31T18:00:00+01:00"
        raise ArgumentValueError(problem) from error
    if moment.tzinfo is None:
        if timezone is None:
            raise ArgumentValueError(f"{text!r} has no offset; add one, or give the timezone")
        moment = moment.replace(tzinfo=_zone(timezone))
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ArgumentValueError(f"{text!r} is beyond the calendar") from error


def _duration(text: str) -> timedelta:
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=float(text))
    if _DURATION.fullmatch(text):
        try:
            duration = pendulum.parse(text)
        except ParserError:
            duration = None
        if isinstance(duration, pendulum.Duration):
            return duration
    raise ArgumentValueError(f"{text!r} is not a duration; write ISO 8601 such as PT5M or P1D, or a number of seconds")


def _zone(timezone: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ArgumentValueError(
            f"there is no time zone {timezone!r}; write its IANA name, such as Europe/Berlin"
        ) from error
