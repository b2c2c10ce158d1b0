"""Timers: which kind of time an event names, as text of our language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, one_line, text_of
from dag_factory.frontends.bpmn.vendors.base import Vendor
from dag_factory.frontends.triggers import is_instant
from dag_factory.model.duration import duration_seconds

TimerKind = Literal["", "date", "duration", "cycle"]
_ELEMENTS: dict[str, TimerKind] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_CALENDAR_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?")


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
        """Whether it is a date or duration as ISO 8601 writes them."""
        if self.kind == "date":
            return is_instant(self.text)
        return self.kind == "duration" and bool(
            duration_seconds(self.text) or _CALENDAR_DURATION.fullmatch(self.text.strip())
        )


def read_timer(definition: Element, vendors: Sequence[Vendor]) -> Timer:
    """Return what a timer event definition says."""
    for name, kind in _ELEMENTS.items():
        raw = text_of(bpmn_child(definition, name))
        if raw:
            try:
                return Timer(kind, _text(raw, vendors).strip())
            except ExpressionError as error:
                return Timer(kind, raw, f"{error.problem.partition('; to write')[0]} in {one_line(raw, 120)!r}")
    return Timer()


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
