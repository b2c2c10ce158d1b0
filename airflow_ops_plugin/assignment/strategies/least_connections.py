"""A strategy: the agent with the lowest share of its capacity in use."""

from __future__ import annotations

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.strategies import STRATEGIES, Score
from airflow_ops_plugin.assignment.work import Need


@STRATEGIES.register("least_connections")
class LeastConnections:
    """The lowest load / capacity first."""

    def score(self, need: Need, agent: Agent) -> Score:
        """Return the free share of the capacity, 0 to 1."""
        free = 1 - agent.load / agent.capacity
        return Score(free, {"free_share": free})
