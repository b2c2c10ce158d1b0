"""The order of the queue: priority with ageing, and nothing starves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_ops_plugin.assignment.work import MAX_PRIORITY, queue_at

AGEING = timedelta(minutes=10)
START = datetime(2026, 3, 2, tzinfo=UTC)

requests = st.tuples(st.integers(0, 86_400).map(lambda s: START + timedelta(seconds=s)), st.integers(0, MAX_PRIORITY))


def _effective(request: tuple[datetime, int], now: datetime) -> float:
    requested_at, priority = request
    return priority + (now - requested_at) / AGEING


@given(a=requests, b=requests, later=st.integers(0, 10**6))
def test_the_stored_order_is_that_of_the_effective_priority_at_every_time(
    a: tuple[datetime, int], b: tuple[datetime, int], later: int
) -> None:
    now = max(a[0], b[0]) + timedelta(seconds=later)
    difference = _effective(a, now) - _effective(b, now)
    if abs(difference) > 1e-6:
        assert (queue_at(*a, AGEING) < queue_at(*b, AGEING)) is (difference > 0)


@given(a=requests, b=requests)
def test_nothing_is_overtaken_by_what_comes_much_later(a: tuple[datetime, int], b: tuple[datetime, int]) -> None:
    longest = MAX_PRIORITY * AGEING
    if b[0] - a[0] > longest:
        assert queue_at(*a, AGEING) < queue_at(*b, AGEING)


def test_the_queue_is_served_by_priority_and_age(world: Any) -> None:
    from airflow_ops_plugin.assignment.ending import finish_work

    world.agent("one")
    item = world.ask("running")
    for task_id, priority, minutes in (("old", 4, 0), ("urgent", 6, 5), ("normal", 5, 10), ("late urgent", 6, 40)):
        world.pass_time(minutes=minutes)
        world.ask(task_id, priority=priority)
    served = []
    for _ in range(4):
        world.pass_time(seconds=1)
        finish_work(
            world.session, world.roster, item_id=item.id, is_completed=True, outcome=None, actor="x", now=world.now
        )
        item = world.held_by("one")
        served.append(item.task_id)
    assert served == ["urgent", "old", "normal", "late urgent"]
