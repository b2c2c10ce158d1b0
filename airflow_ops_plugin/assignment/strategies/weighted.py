"""A strategy: work in proportion to the agents' weights."""

from __future__ import annotations

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.strategies import STRATEGIES, Score, skill_match
from airflow_ops_plugin.assignment.work import Need


@STRATEGIES.register("weighted")
class Weighted:
    """weight x 1 / (1 + load) x skill match, highest first: loads settle in proportion to the weights."""

    def score(self, need: Need, agent: Agent) -> Score:
        """Return the product."""
        match, share = skill_match(need, agent), 1 / (1 + agent.load)
        return Score(agent.weight * share * match, {"weight": agent.weight, "load_share": share, "skill_match": match})
