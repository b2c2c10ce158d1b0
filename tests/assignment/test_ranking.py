"""A ranking that is kept while agents change says the same as one made anew."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from airflow_ops_plugin.agents.agent import Agent, AgentKind, AgentStatus
from airflow_ops_plugin.agents.duty import Duty, WorkingHours
from airflow_ops_plugin.assignment.filters import hindrance
from airflow_ops_plugin.assignment.ranking import Ranking
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import Need

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OFFICE = Duty(zone=ZoneInfo("UTC"), hours=(WorkingHours(frozenset(range(7)), time(9), time(17)),))
NEED = Need(
    kind=AgentKind.PERSON,
    dag_id="d",
    skills={"netops": 3},
    prefer_labels=frozenset({"near"}),
    strategy="skill_weighted",
)


@st.composite
def agents(draw: Any) -> Agent:
    """Any agent, one of eight; its turn is set by the test."""
    number = draw(st.integers(0, 7))
    capacity = draw(st.integers(1, 4))
    return Agent(
        id=UUID(int=number),
        name=f"a{number}",
        kind=draw(st.sampled_from([AgentKind.PERSON, AgentKind.PERSON, AgentKind.DOCKER_HOST])),
        address=f"a{number}",
        skills=draw(st.dictionaries(st.sampled_from(["netops", "linux"]), st.integers(1, 5))),
        labels=draw(st.frozensets(st.sampled_from(["near", "far"]))),
        capacity=capacity,
        load=draw(st.integers(0, capacity)),
        dag_ids=draw(st.sampled_from([frozenset(), frozenset({"d"}), frozenset({"other"})])),
        duty=draw(st.sampled_from([None, OFFICE])),
        status=draw(st.sampled_from([AgentStatus.AVAILABLE, AgentStatus.AVAILABLE, *AgentStatus])),
        heartbeat_at=draw(st.sampled_from([None, START])),
        heartbeat_timeout=draw(st.sampled_from([None, timedelta(hours=2)])),
        idle_since=START - timedelta(minutes=draw(st.integers(0, 3))),
    )


steps = st.lists(
    st.tuples(st.sampled_from(["put", "load", "drop", "wait"]), agents(), st.integers(0, 300)), max_size=25
)


@given(steps=steps)
def test_a_ranking_that_was_kept_equals_one_made_anew(steps: list[tuple[str, Agent, int]]) -> None:
    from dataclasses import replace

    now, known = START, dict[UUID, Agent]()
    kept = Ranking(NEED, STRATEGIES["skill_weighted"](), [], now)
    for turn, (what, agent, minutes) in enumerate(steps):
        if what == "put":
            known[agent.id] = replace(agent, turn=turn, version=turn)
            kept.put(known[agent.id], now)
        elif what == "load" and (before := known.get(agent.id)) is not None:
            load = min(agent.load, before.capacity)
            changed = replace(before, turn=turn, load=load, status=agent.status, heartbeat_at=agent.heartbeat_at)
            known[agent.id] = changed
            kept.put(changed, now)
        elif what == "drop":
            known.pop(agent.id, None)
            kept.drop(agent.id)
        else:
            now += timedelta(minutes=minutes)
        kept.pass_time(now)
        new = Ranking(NEED, STRATEGIES["skill_weighted"](), known.values(), now)
        assert list(kept.best(excluded={})) == list(new.best(excluded={}))
        kept_explanation, new_explanation = kept.explain(excluded={}), new.explain(excluded={})
        assert kept_explanation.summary == new_explanation.summary
        assert kept_explanation.ranked == new_explanation.ranked


@given(found=st.lists(agents(), unique_by=lambda agent: agent.id), excluded=st.sets(st.integers(0, 7)))
def test_everybody_is_counted_once_and_the_eligible_are_those_no_filter_stops(
    found: list[Agent], excluded: set[int]
) -> None:
    ranking = Ranking(NEED, STRATEGIES["skill_weighted"](), found, START)
    out = {UUID(int=number): "excluded" for number in excluded}
    explanation = ranking.explain(excluded=out)
    of_kind = [agent for agent in found if agent.kind == NEED.kind]
    eligible = [agent for agent in of_kind if hindrance(agent, NEED, START) is None and agent.id not in out]
    assert explanation.considered == len(of_kind)
    assert explanation.eligible == len(eligible)
    assert explanation.eligible + sum(one.count for one in explanation.filtered) == explanation.considered
    best = [candidate.agent for candidate in ranking.best(excluded=out)]
    assert {agent.id for agent in best} == {agent.id for agent in eligible}
    near = ["near" in agent.labels for agent in best]
    assert near == sorted(near, reverse=True)


@given(found=st.lists(agents(), unique_by=lambda agent: agent.id))
def test_among_equals_the_longest_idle_comes_first(found: list[Agent]) -> None:
    need = Need(kind=AgentKind.PERSON, dag_id="d", strategy="round_robin")
    best = [one.agent for one in Ranking(need, STRATEGIES["round_robin"](), found, START).best(excluded={})]
    assert [agent.idle_since for agent in best] == sorted(agent.idle_since for agent in best)
