"""Strategies: how eligible agents are ranked. One file each; other distributions add theirs by entry point.

A strategy is a pure function of what is needed and of one agent. Who has the highest score gets the work; who has been
idle for the longest gets it among equals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.work import Need
from dag_factory.registry import Registry


@dataclass(frozen=True, slots=True)
class Score:
    """How well an agent suits.

    :param value: higher is better; comparable between agents for the same need only.
    :param parts: what it is made of, for the explanation.
    """

    value: float
    parts: dict[str, float] = field(default_factory=dict)


class Strategy(Protocol):
    """Ranks agents. Its docstring's first line is what people read where they choose."""

    def score(self, need: Need, agent: Agent) -> Score:
        """Return how well ``agent`` suits; must depend on nothing but the arguments."""
        ...


STRATEGIES: Registry[type[Strategy]] = Registry(
    "strategy", package=__name__, entry_point_group="airflow_ops_plugin.strategies"
)


def skill_match(need: Need, agent: Agent) -> float:
    """Return the mean of level / 5 over the required skills, 1 where none is required."""
    if not need.skills:
        return 1.0
    return sum(agent.skills.get(skill, 0) for skill in need.skills) / (5 * len(need.skills))
