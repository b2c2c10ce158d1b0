"""Timer start events to the schedule of a Dag."""

from __future__ import annotations

import re
from dataclasses import replace

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.frontends.bpmn.namespaces import Element, one_line
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.timer import Timer
from dag_factory.frontends.triggers import PRESETS, is_cron, is_instant
from dag_factory.model.duration import duration_seconds

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_REPEAT = re.compile(r"R(\d*)/(?:([^/]+)/)?(P[^/]+)(?:/([^/]+))?")
_BY_HAND = "runs are started by hand; write a cron expression or a cycle such as R/PT1H to start them by time"


def read_schedule(reading: Reading) -> ScheduleSpec:
    """Return the schedule of the timer start events that were read; what cannot be kept gives warnings."""
    schedule = ScheduleSpec()
    for element, timer in reading.timer_starts:
        schedule = _add(schedule, element, timer, reading)
    return schedule


def _add(schedule: ScheduleSpec, element: Element, timer: Timer, reading: Reading) -> ScheduleSpec:
    found = _schedule_of(element, timer, reading)
    if found == ScheduleSpec():
        return schedule
    if schedule == ScheduleSpec():
        return found
    if schedule.crons and found.crons:
        return replace(schedule, crons=(*schedule.crons, *found.crons))
    reading.findings.warning(
        "DF341", element, "is a second timer beside an interval, and starts nothing", "use cron expressions for all"
    )
    return schedule


def _schedule_of(element: Element, timer: Timer, reading: Reading) -> ScheduleSpec:
    findings = reading.findings
    shown = one_line(timer.text, 80)
    if timer.problem or timer.is_computed:
        findings.warning("DF340", element, f"starts at a time that is computed ({shown!r})", _BY_HAND)
    elif not timer.text:
        findings.warning("DF340", element, "does not say when it starts", _BY_HAND)
    elif timer.kind != "cycle":
        findings.warning("DF340", element, f"starts once ({shown!r}), which is no schedule", _BY_HAND)
    elif match := _REPEAT.fullmatch(timer.text):
        return _interval(element, match, reading)
    else:
        cron = _cron(timer.text, is_spring=any(vendor.title == "zeebe" for vendor in reading.vendors))
        if cron:
            return ScheduleSpec(crons=(cron,))
        findings.warning(
            "DF340", element, f"starts by {shown!r}, which is neither a cycle nor a cron expression", _BY_HAND
        )
    return ScheduleSpec()


def _interval(element: Element, match: re.Match[str], reading: Reading) -> ScheduleSpec:
    count, start, duration, end = match.groups()
    seconds = duration_seconds(duration)
    if seconds is None or (start and not is_instant(start)):
        reading.findings.warning("DF340", element, f"starts by the cycle {match[0]!r}, which cannot be read", _BY_HAND)
        return ScheduleSpec()
    if count or end:
        reading.findings.warning(
            "DF342", element, f"starts by {match[0]!r}; the schedule has no end here", "pause the Dag when it is done"
        )
    return ScheduleSpec(interval_seconds=seconds, start_date=start)


def _cron(text: str, *, is_spring: bool) -> str | None:
    """Return a cron expression of five fields for one of five, six (seconds first) or seven (and a year) fields.

    :param is_spring: days of the week count from 0 for Sunday; else, as Quartz does, from 1.
    """
    fields = PRESETS.get(text, text).split()
    if len(fields) in (6, 7):
        seconds, *fields = fields
        if seconds != "0" or (len(fields) == 6 and fields.pop() not in ("*", "?")):
            return None
        fields[4] = fields[4] if is_spring else _quartz_days(fields[4])
    cron = " ".join("*" if field == "?" else field for field in fields)
    return cron if is_cron(cron) else None


def _quartz_days(field: str) -> str:
    def name(match: re.Match[str]) -> str:
        number = int(match[0])
        return _DAYS[number - 1] if 1 <= number <= 7 else match[0]

    return re.sub(r"(?<![\d#/])[0-9](?!\d)", name, field)
