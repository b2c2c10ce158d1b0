"""What the strategies promise, for all agents and all needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_ops_plugin.agents.agent import Agent, AgentKind
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import Need

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SKILLS = ("linux", "netops")


def agent(**facts: Any) -> Agent:
    """Return an agent with some facts."""
    return Agent(**{"id": uuid4(), "name": "a", "kind": AgentKind.PERSON, "address": "a", "idle_since": NOW, **facts})


def need(strategy: str = "skill_weighted", **facts: Any) -> Need:
    """Return a need with some facts."""
    return Need(**{"kind": AgentKind.PERSON, "dag_id": "d", "strategy": strategy, **facts})


skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5))
agents = st.builds(
    lambda capacity, share, weight, skills: agent(
        capacity=capacity, load=int(capacity * share), weight=weight, skills=skills
    ),
    st.integers(1, 50),
    st.floats(0, 1),
    st.floats(0.1, 100),
    skills,
)


def _score(name: str, a: Agent, n: Need | None = None) -> float:
    return STRATEGIES[name]().score(n or need(name), a).value


@given(a=agents, required=skills)
def test_the_seeds_composite_lies_between_0_3_and_1_and_is_the_sum_of_its_parts(
    a: Agent, required: dict[str, int]
) -> None:
    score = STRATEGIES["skill_weighted"]().score(need(skills=required), a)
    assert 0.3 <= score.value <= 1.0 + 1e-9
    assert score.value == pytest.approx(sum(score.parts.values()))


def test_the_seeds_composite_is_exact() -> None:
    a = agent(skills={"netops": 4}, capacity=4, load=1)
    assert _score("skill_weighted", a, need(skills={"netops": 3})) == pytest.approx(0.4 * 0.8 + 0.3 * 0.75 + 0.3)


@given(a=agents, b=agents)
def test_round_robin_knows_no_difference(a: Agent, b: Agent) -> None:
    assert _score("round_robin", a) == _score("round_robin", b)


@given(a=agents, b=agents)
def test_least_connections_puts_the_lower_share_first(a: Agent, b: Agent) -> None:
    is_lower = a.load * b.capacity < b.load * a.capacity
    assert (_score("least_connections", a) > _score("least_connections", b)) is is_lower


def test_weighted_is_exact() -> None:
    a = agent(weight=3.0, load=2, capacity=9, skills={"linux": 5, "netops": 3})
    assert _score("weighted", a, need("weighted", skills={"linux": 1, "netops": 1})) == pytest.approx(3 * (1 / 3) * 0.8)


@given(weights=st.lists(st.integers(1, 5), min_size=2, max_size=4), rounds=st.integers(1, 12))
def test_under_weighted_loads_settle_in_proportion_to_the_weights(weights: list[int], rounds: int) -> None:
    loads = [0] * len(weights)
    for _ in range(sum(weights) * rounds):
        scores = [
            _score("weighted", agent(weight=float(w), load=n, capacity=10_000))
            for w, n in zip(weights, loads, strict=True)
        ]
        loads[scores.index(max(scores))] += 1
    for weight, load in zip(weights, loads, strict=True):
        assert abs(load - weight * rounds) <= len(weights)


@given(a=agents, required=skills, name=st.sampled_from(sorted(STRATEGIES)))
def test_every_strategy_gives_the_same_score_for_the_same_agent(a: Agent, required: dict[str, int], name: str) -> None:
    n = need(name, skills=required)
    assert STRATEGIES[name]().score(n, a) == STRATEGIES[name]().score(n, a)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_is_documented(name: str) -> None:
    assert f"`{name}`" in (Path(__file__).parents[2] / "docs" / "agents.md").read_text()
    assert STRATEGIES[name].__doc__
