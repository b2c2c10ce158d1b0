"""When an agent works."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_ops_plugin.agents.duty import Absence, Duty, WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingHours(frozenset(range(5)), time(9), time(17))
NIGHT = WorkingHours(frozenset({4}), time(22), time(6))

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
hours = st.builds(WorkingHours, st.frozensets(st.integers(0, 6), min_size=1), clock_times, clock_times)
absences = st.builds(
    lambda start, length: Absence(start, start + length), moments, st.timedeltas(timedelta(1), timedelta(days=40))
)
duties = st.builds(
    Duty,
    zone=st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]),
    hours=st.lists(hours, max_size=3).map(tuple),
    absences=st.lists(absences, max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("local", "is_covered"),
    [("2026-03-02 08:59", False), ("2026-03-02 09:00", True), ("2026-03-02 16:59", True), ("2026-03-02 17:00", False)],
)
def test_the_start_belongs_to_the_working_hours_and_the_end_does_not(local: str, is_covered: bool) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)
    assert Duty(zone=BERLIN, hours=(OFFICE,)).covers(now) is is_covered


def test_a_night_shift_goes_on_after_midnight() -> None:
    duty = Duty(zone=BERLIN, hours=(NIGHT,))
    saturday = datetime(2026, 3, 7, 5, 59, tzinfo=BERLIN)
    assert duty.covers(saturday)
    assert not duty.covers(saturday + timedelta(minutes=1))


def test_working_hours_follow_the_clock_through_the_change_to_summer_time() -> None:
    duty = Duty(zone=BERLIN, hours=(OFFICE,))
    assert not duty.covers(datetime(2026, 3, 27, 7, 30, tzinfo=UTC))  # a Friday, 08:30 in winter
    assert duty.covers(datetime(2026, 3, 30, 7, 30, tzinfo=UTC))  # a Monday, 09:30 in summer


def test_somebody_who_is_absent_does_not_work() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    duty = Duty(zone=BERLIN, absences=(Absence(start, start + timedelta(days=1)),))
    assert not duty.covers(start)
    assert duty.covers(start + timedelta(days=1))


@given(duty=duties, now=moments, share=st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_the_next_change(duty: Duty, now: datetime, share: float) -> None:
    change = duty.next_change_at(now)
    until = (change - now) if change else timedelta(days=6)
    assert until > timedelta()
    assert duty.covers(now + until * share) is duty.covers(now)
