"""The life of work: asked for, leased, queued, returned, moved, closed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from airflow_ops_plugin.agents.service import mark_unreachable
from airflow_ops_plugin.assignment.change import decline_work, reassign_work, release_work, set_priority
from airflow_ops_plugin.assignment.ending import answer_work, answers_of, end_lost_agent, expire_offers, finish_work
from airflow_ops_plugin.assignment.errors import NoRoomError
from airflow_ops_plugin.assignment.queue import assign_queued
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


def test_an_unanswered_offer_goes_round_and_comes_back(world: Any) -> None:
    for name in ("Ann", "Bob"):
        world.agent(name, kind="person")
    item = world.ask("t", kind="person", offer_timeout_seconds=60)
    asked = [*world.holders(item)]
    for _ in range(3):
        world.pass_time(seconds=61)
        assert expire_offers(world.session, world.roster, now=world.now, limit=10) == 1
        asked += world.holders(item)
    assert asked in (["Ann", "Bob", "Ann", "Bob"], ["Bob", "Ann", "Bob", "Ann"])


def test_who_let_an_offer_run_out_and_then_did_the_excluded_node_is_not_asked_again(world: Any) -> None:
    world.agent("Ann", kind="person", capacity=2)
    second = world.ask("second", kind="person", exclude=["node:first"], offer_timeout_seconds=60)
    assert world.holders(second) == ["Ann"]
    world.ask("first", kind="person")
    world.pass_time(seconds=61)
    assert expire_offers(world.session, world.roster, now=world.now, limit=10) == 1
    assert world.holders(second) == []


def test_an_offer_that_is_still_open_stays(world: Any) -> None:
    world.agent("Ann", kind="person")
    world.ask("t", kind="person", offer_timeout_seconds=60)
    world.pass_time(seconds=59)
    assert expire_offers(world.session, world.roster, now=world.now, limit=10) == 0


def test_the_requester_does_not_approve(world: Any) -> None:
    world.agent("Ann", kind="person", login="ann@example.org")
    world.agent("Bob", kind="person")
    item = world.ask("t", kind="person", exclude=["requester"], requester="ann@example.org", preferred_agent="Ann")
    assert world.holders(item) == ["Bob"]


def test_whoever_did_one_node_does_not_do_the_other(world: Any) -> None:
    world.agent("Ann", kind="person", capacity=5)
    world.agent("Bob", kind="person", capacity=5)
    first = world.ask("first", kind="person", preferred_agent="Ann")
    answer_work(world.session, world.roster, item_id=first.id, user_id="ann", outcome="Approve", now=world.now)
    second = world.ask("second", kind="person", exclude=["node:first"], preferred_agent="Ann")
    assert world.holders(second) == ["Bob"]
    third = world.ask("third", kind="person", exclude=["node:first", "node:second"])
    assert third.state == "queued"
    assert third.explanation["summary"] == "0 of 2 eligible: 1 have done first, 1 have done second"


def test_a_quorum_asks_different_people_and_is_closed_by_enough_answers(world: Any) -> None:
    for name in ("Ann", "Bob", "Cy"):
        world.agent(name, kind="person", capacity=3)
    item = world.ask("t", kind="person", seats=3, quorum=2)
    assert sorted(world.holders(item)) == ["Ann", "Bob", "Cy"]
    answer_work(world.session, world.roster, item_id=item.id, user_id="ann", outcome="Approve", now=world.now)
    assert sorted(world.holders(item)) == ["Bob", "Cy"]
    answer_work(world.session, world.roster, item_id=item.id, user_id="ann", outcome="Approve", now=world.now)
    assert sorted(world.holders(item)) == ["Bob", "Cy"], "the same person counts once"
    answer_work(world.session, world.roster, item_id=item.id, user_id="cy", outcome="Approve", now=world.now)
    assert answers_of(world.session, item.id) == {"ann": "Approve", "cy": "Approve"}
    assert (item.state, item.close_reason) == ("closed", "completed")
    assert world.loads() == {"Ann": 0, "Bob": 0, "Cy": 0}


def test_a_quorum_with_too_few_people_waits_for_the_rest(world: Any) -> None:
    world.agent("Ann", kind="person", capacity=3)
    item = world.ask("t", kind="person", seats=2, quorum=2)
    assert (item.state, world.holders(item)) == ("queued", ["Ann"])
    world.agent("Bob", kind="person")
    assign_queued(world.session, world.roster, now=world.now, limit=5)
    assert (item.state, sorted(world.holders(item))) == ("leased", ["Ann", "Bob"])


def test_work_is_reassigned_to_a_named_agent_with_the_reason_against_it_or_done(world: Any) -> None:
    world.agent("one")
    world.agent("two")
    world.agent("full")
    world.ask("busy", preferred_agent="full")
    item = world.ask("t", preferred_agent="one")
    for name, why in (("one", "have it now"), ("full", "full"), ("nobody", "there is no agent")):
        with pytest.raises(NoRoomError, match=why), world.session.begin_nested():
            _reassign(world, item, name)
        world.roster.distrust()
    _reassign(world, item, "two")
    assert world.holders(item) == ["two"]
    assert world.loads() == {"one": 0, "two": 1, "full": 1}


def test_work_is_reassigned_by_the_strategy_to_somebody_else(world: Any) -> None:
    world.agent("one")
    item = world.ask("t")
    with pytest.raises(NoRoomError, match="nobody else can take it now"), world.session.begin_nested():
        _reassign(world, item, None)
    world.roster.distrust()
    world.agent("two")
    _reassign(world, item, None)
    assert world.holders(item) == ["two"]


def test_released_work_keeps_its_place_in_the_queue(world: Any) -> None:
    world.agent("one")
    first = world.ask("first")
    world.pass_time(seconds=1)
    second = world.ask("second")
    world.pass_time(seconds=1)
    release_work(
        world.session, world.roster, item_id=first.id, assignment_id=None, actor="oleg", note="", now=world.now
    )
    assert world.holders(first) == ["one"], "it came first and comes first"
    assert world.holders(second) == []


def test_a_raised_priority_overtakes(world: Any) -> None:
    world.agent("one")
    running = world.ask("running")
    world.pass_time(seconds=1)
    world.ask("first")
    world.pass_time(seconds=1)
    second = world.ask("second")
    set_priority(world.session, world.settings, item_id=second.id, priority=9)
    finish_work(
        world.session, world.roster, item_id=running.id, is_completed=True, outcome=None, actor="x", now=world.now
    )
    assert world.holders(second) == ["one"]


def test_new_work_does_not_overtake_what_waits_for_the_same(world: Any) -> None:
    world.agent("one")
    world.ask("running")
    world.pass_time(seconds=1)
    waiting = world.ask("waiting")
    world.pass_time(seconds=1)
    world.agent("two")  # nobody has told the queue yet
    new = world.ask("new")
    assert (waiting.state, new.state) == ("queued", "queued")
    assign_queued(world.session, world.roster, now=world.now, limit=5)
    assert world.holders(waiting) == ["two"]


def test_a_lost_executor_closes_its_work_and_the_task_that_asks_again_gets_another(world: Any) -> None:
    lost, _ = world.agent("one"), world.agent("two")
    item = world.ask("t", preferred_agent="one")
    mark_unreachable(world.session, row=lost, why="no route", actor="engine", now=world.now)
    assert end_lost_agent(world.session, world.roster, agent_id=lost.id, actor="engine", now=world.now) == 1
    assert (item.state, item.close_reason) == ("closed", "agent_lost")
    assert world.holders(world.ask("t")) == ["two"]


def test_preferred_labels_rank_before_the_score(world: Any) -> None:
    world.agent("expert", skills={"netops": 5})
    world.agent("beginner", skills={"netops": 1}, labels=["berlin"])
    assert world.holders(world.ask("t", skills={"netops": 1}, prefer_labels=["berlin"])) == ["beginner"]


def test_each_assignment_keeps_who_was_filtered_out_and_the_scores_of_the_rest(world: Any) -> None:
    world.agent("good", skills={"netops": 5})
    world.agent("fair", skills={"netops": 3})
    world.agent("none")
    item = world.ask("t", skills={"netops": 3})
    (assignment,) = active_assignments(world.session, item.id)
    explanation = assignment.explanation
    assert explanation["summary"] == "2 of 3 eligible: 1 lack skill netops>=3"
    assert explanation["filtered"][0]["examples"] == ["none"]
    assert [(one["agent"], one["score"]) for one in explanation["ranked"]] == [("good", 1.0), ("fair", 0.84)]


def _reassign(world: Any, item: Any, name: str | None) -> None:
    reassign_work(
        world.session,
        world.roster,
        item_id=item.id,
        assignment_id=None,
        agent_name=name,
        actor="oleg",
        note="",
        now=world.now,
    )


def test_work_that_nobody_suits_does_not_hide_what_waits_behind_it(world: Any) -> None:
    for number in range(30):
        world.ask(f"hopeless{number}", skills={f"skill{number}": 1}, priority=9)
    world.pass_time(seconds=1)
    behind = world.ask("behind")
    world.agent("one")
    place = None
    for _ in range(7):
        place = assign_queued(world.session, world.roster, now=world.now, limit=5, after=place).last
    assert place is None
    assert world.holders(behind) == ["one"]
