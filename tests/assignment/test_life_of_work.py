"""The life of work: asked for, leased, queued, returned, moved, closed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from airflow_ops_plugin.assignment.change import decline_work
from airflow_ops_plugin.assignment.ending import finish_work
from airflow_ops_plugin.assignment.seats import active_assignments


def test_work_goes_to_an_agent_that_has_the_skill(world: Any) -> None:
    world.agent("plain")
    world.agent("expert", skills={"netops": 4})
    item = world.ask("t", skills={"netops": 3})
    assert item.state == "leased"
    assert world.holders(item) == ["expert"]


def test_asking_again_for_the_same_attempt_gives_the_same_work_item(world: Any) -> None:
    world.agent("one", capacity=5)
    first, second = world.ask("t"), world.ask("t")
    assert first.id == second.id
    assert world.holders(first) == ["one"]


def test_a_new_attempt_ends_what_the_earlier_one_held(world: Any) -> None:
    world.agent("one")
    first = world.ask("t", ti_id=uuid4())
    second = world.ask("t", ti_id=uuid4())
    assert first.id != second.id
    assert world.holders(first) == []
    assert world.holders(second) == ["one"]


def test_work_without_an_agent_waits_and_says_why(world: Any) -> None:
    for number in range(7):
        world.agent(f"unskilled{number}")
    for number in range(4):
        world.agent(f"full{number}", skills={"netops": 3})
        world.ask(f"busy{number}", skills={"netops": 3})
    world.agent("resting", skills={"netops": 5})
    from airflow_ops_plugin.agents.agent import AgentStatus
    from airflow_ops_plugin.agents.service import get_agent, set_status

    row = get_agent(world.session, name="resting")
    set_status(world.session, row=row, status=AgentStatus.MAINTENANCE, reason="", actor="test", now=world.now)
    item = world.ask("t", skills={"netops": 3})
    assert item.state == "queued"
    assert item.explanation["summary"] == "0 of 12 eligible: 7 lack skill netops>=3, 4 full, 1 in maintenance"


def test_finished_work_hands_its_agent_to_the_first_of_the_queue(world: Any) -> None:
    world.agent("one")
    running = world.ask("running")
    world.pass_time(seconds=1)
    first = world.ask("first")
    world.pass_time(seconds=1)
    second = world.ask("second")
    finish_work(
        world.session, world.roster, item_id=running.id, is_completed=True, outcome=None, actor="x", now=world.now
    )
    assert world.holders(first) == ["one"]
    assert world.holders(second) == []


def test_a_burst_on_equal_agents_spreads_evenly(world: Any) -> None:
    for number in range(4):
        world.agent(f"a{number}", capacity=10)
    held = [world.holders(world.ask(f"t{number}"))[0] for number in range(20)]
    assert sorted(held.count(f"a{number}") for number in range(4)) == [5, 5, 5, 5]


def test_declined_work_goes_to_the_next_and_not_back(world: Any) -> None:
    world.agent("Ann", kind="person")
    world.agent("Bob", kind="person")
    item = world.ask("t", kind="person")
    (first,) = active_assignments(world.session, item.id)
    decline_work(
        world.session, world.roster, item_id=item.id, assignment_id=first.id, actor="ann", note="", now=world.now
    )
    (second,) = active_assignments(world.session, item.id)
    assert {first.agent.name, second.agent.name} == {"Ann", "Bob"}
    decline_work(
        world.session, world.roster, item_id=item.id, assignment_id=second.id, actor="bob", note="", now=world.now
    )
    assert world.holders(item) == []
    assert item.state == "queued"
    assert item.explanation["summary"] == "0 of 2 eligible: 2 declined"
