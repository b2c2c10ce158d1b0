"""Timers: which kind of time an event names, as text of our language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, bpmn_name, one_line, text_of
from dag_factory.frontends.bpmn.vendors.base import Vendor
from dag_factory.frontends.triggers import is_cron, is_instant
from dag_factory.model.duration import duration_seconds

TimerKind = Literal["", "date", "duration", "cycle"]
_ELEMENTS: dict[str, TimerKind] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_CALENDAR_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?")


_REPEAT = re.compile(r"R\d*/(?:[^/]+/)?P[^/]+(?:/[^/]+)?")
_JBPM = re.compile(
    r"(?:([0-9]{1,6})d)? *(?:([0-9]{1,6})h)? *(?:([0-9]{1,6})m)? *(?:([0-9]{1,9})s)? *(?:([0-9]{1,9})ms)?"
)
_QUOTED = re.compile(r"\A(['\"])([^'\"]*)\1\Z")
_WORDS = re.compile(
    r"(?i)(?:after |wait |wait for )?([0-9]{1,6}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
)


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer fires.

    :param text: date, duration or cycle, with ``${...}`` where it is computed; empty where the file says nothing.
    :param problem: why the text cannot be read; empty where it can.
    """

    kind: TimerKind = ""
    text: str = ""
    problem: str = ""

    @property
    def is_computed(self) -> bool:
        """Whether the time is known at run time only."""
        return "${" in self.text

    @property
    def is_plain(self) -> bool:
        """Whether it is a date, duration or repetition as ISO 8601 writes them, or a cron expression."""
        if self.kind == "date":
            return is_instant(self.text)
        if self.kind == "cycle":
            return bool(_REPEAT.fullmatch(self.text)) or _is_cron(self.text)
        return self.kind == "duration" and bool(
            duration_seconds(self.text) or _CALENDAR_DURATION.fullmatch(self.text.strip())
        )


def read_timer(definition: Element, vendors: Sequence[Vendor]) -> Timer:
    """Return what a timer event definition says."""
    for name, kind in _ELEMENTS.items():
        raw = _unquoted(text_of(bpmn_child(definition, name)))
        if raw:
            try:
                return _iso(Timer(kind, _text(raw, vendors).strip()), is_start=_is_of_start(definition))
            except ExpressionError as error:
                return Timer(kind, raw, f"{error.problem.partition('; to write')[0]} in {one_line(raw, 120)!r}")
    return Timer()


def _iso(timer: Timer, *, is_start: bool) -> Timer:
    """Return ``timer`` with a time of jBPM (``1h30m``, ``500ms###10s``), in words or in small letters in ISO 8601.

    :param is_start: of a cycle with a first delay and a period the period counts, since it makes a schedule.
    """
    if timer.kind == "duration" and not timer.is_plain:
        text = timer.text if timer.is_computed else timer.text.upper()
        if Timer("duration", text).is_plain:
            return Timer("duration", text)
        return Timer("duration", _duration_of_jbpm(timer.text) or duration_from_words(timer.text) or timer.text)
    if timer.kind == "cycle" and not timer.is_plain:
        first, _, period = timer.text.partition("###")
        duration = _duration_of_jbpm(period if is_start and period else first)
        return Timer("cycle", f"R/{duration}") if duration else timer
    return timer


def _unquoted(raw: str) -> str:
    """Return a time without the quotes that languages such as Python's want around it."""
    quoted = _QUOTED.match(raw)
    return quoted[2].strip() if quoted else raw


def _is_of_start(definition: Element) -> bool:
    event = definition.getparent()
    return event is not None and bpmn_name(event) == "startEvent"


def _duration_of_jbpm(text: str) -> str:
    match = _JBPM.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return ""
    days, hours, minutes, seconds, milliseconds = (int(part or 0) for part in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    return f"PT{length.total_seconds():.15g}S" if length else ""


def _is_cron(text: str) -> bool:
    fields = text.replace("?", "*").split()
    return is_cron(" ".join(fields[1:6] if len(fields) in (6, 7) else fields))


def duration_from_words(text: str) -> str:
    """Return the ISO 8601 duration that people write as ``24 hours``; empty for anything else."""
    match = _WORDS.fullmatch(text.strip())
    if not match:
        return ""
    unit = match[2][0].upper()
    return f"P{match[1]}{unit}" if unit in "DW" else f"PT{match[1]}{unit}"


def _text(raw: str, vendors: Sequence[Vendor]) -> str:
    """Return a time in the words of the vendor that the mark of its expression gives away."""
    if raw.startswith("="):
        zeebe = next((vendor for vendor in vendors if vendor.title == "zeebe"), None)
        return zeebe.time(raw) if zeebe else raw
    return next((vendor.time(raw) for vendor in vendors if vendor.title == "bpmn"), raw)
