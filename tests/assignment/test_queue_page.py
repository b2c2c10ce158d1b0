"""A page of the queue: each item's own reason, read for all of them at once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from airflow_ops_plugin.assignment.change import decline_work
from airflow_ops_plugin.assignment.queries import find_work, work_detail, work_views
from airflow_ops_plugin.assignment.seats import active_assignments


def test_each_item_of_a_page_waits_for_its_own_reason_as_its_details_say(world: Any) -> None:
    for name in ("Ann", "Bob"):
        world.agent(name, kind="person", capacity=9)
    declined = world.ask("declined", kind="person", only_agents=["Ann"])
    (offer,) = active_assignments(world.session, declined.id)
    decline_work(
        world.session, world.roster, item_id=declined.id, assignment_id=offer.id, actor="ann", note="", now=world.now
    )
    world.ask("own", kind="person", only_agents=["Ann"], exclude=["requester"], requester="ann")
    world.ask("unskilled", kind="person", skills={"netops": 2})
    items, _ = find_work(world.session, readable_dag_ids=None, state="queued")
    views = work_views(world.session, world.roster, world.settings, items=items, now=world.now)
    assert {view.task_id: view.reason for view in views} == {
        "declined": "0 of 2 eligible: 1 declined, 1 not named",
        "own": "0 of 2 eligible: 1 asked for it themselves, 1 not named",
        "unskilled": "0 of 2 eligible: 2 lack skill netops>=2",
    }
    for item, view in zip(items, views, strict=True):
        detail = work_detail(world.session, world.roster, world.settings, item=item, now=world.now)
        assert detail.waiting is not None
        assert detail.waiting.summary == view.reason


def test_a_long_page_takes_no_more_statements_than_a_short_one(world: Any) -> None:
    for number in range(30):
        world.ask(f"t{number}", skills={"netops": number % 5 + 1}, exclude=["requester"], requester="rita")
    world.session.commit()

    def statements(limit: int) -> int:
        count = 0

        def note(*_: Any) -> None:
            nonlocal count
            count += 1

        engine = world.session.get_bind()
        items, _ = find_work(world.session, readable_dag_ids=None, state="queued", limit=limit)
        sa.event.listen(engine, "before_cursor_execute", note)
        views = work_views(world.session, world.roster, world.settings, items=items, now=world.now)
        sa.event.remove(engine, "before_cursor_execute", note)
        assert len(views) == limit
        return count

    statements(1)
    assert statements(30) == statements(1)
