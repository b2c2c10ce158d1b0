"""A strategy: everybody in turn."""

from __future__ import annotations

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.strategies import STRATEGIES, Score
from airflow_ops_plugin.assignment.work import Need


@STRATEGIES.register("round_robin")
class RoundRobin:
    """In turn: all eligible agents are equal, so the one that has been idle for the longest is next."""

    def score(self, need: Need, agent: Agent) -> Score:
        """Return the same for everybody."""
        return Score(0.0)
