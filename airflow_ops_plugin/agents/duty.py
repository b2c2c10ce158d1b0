"""When an agent works: weekly working hours in a time zone, and absences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS_AHEAD = 8


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A span of hours on some days of the week.

    :param days: 0 for Monday to 6 for Sunday.
    :param start: local time, included.
    :param end: local time, not included; where it is not after ``start``, it belongs to the next day.
    """

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which an agent is away, aware; the end is not included."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """When an agent works.

    :param zone: of the working hours.
    :param hours: empty for around the clock.
    """

    zone: ZoneInfo
    hours: tuple[WorkingHours, ...] = ()
    absences: tuple[Absence, ...] = ()

    def covers(self, now: datetime) -> bool:
        """Return whether the agent works at ``now``."""
        if any(absence.start <= now < absence.end for absence in self.absences):
            return False
        return not self.hours or any(start <= now < end for start, end in self._shifts(now))

    def next_change_at(self, now: datetime) -> datetime | None:
        """Return the first moment after ``now`` at which ``covers`` may change; ``None`` for never."""
        borders = [border for absence in self.absences for border in (absence.start, absence.end)]
        borders += [border for shift in self._shifts(now) for border in shift]
        return min((border for border in borders if border > now), default=None)

    def _shifts(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the shifts around ``now`` in UTC, from the one that began yesterday to those of a week from now."""
        today = now.astimezone(self.zone).date()
        for offset in range(-1, _DAYS_AHEAD):
            day = today + timedelta(days=offset)
            for hours in self.hours:
                if day.weekday() in hours.days:
                    last = day if hours.end > hours.start else day + timedelta(days=1)
                    yield self._utc(day, hours.start), self._utc(last, hours.end)

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
