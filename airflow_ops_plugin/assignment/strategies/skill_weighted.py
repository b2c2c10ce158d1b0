"""A strategy: the seed's composite of skill, free capacity and priority."""

from __future__ import annotations

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.strategies import STRATEGIES, Score, skill_match
from airflow_ops_plugin.assignment.work import Need

SKILL_WEIGHT = 0.4
WORKLOAD_WEIGHT = 0.3
PRIORITY_WEIGHT = 0.3


@STRATEGIES.register("skill_weighted")
class SkillWeighted:
    """0.4 x skill match + 0.3 x free share of the capacity + 0.3 x priority, which is the same for all agents.

    The priority's part cannot choose between agents, so it counts as 1 here; the priority orders the queue.
    """

    def score(self, need: Need, agent: Agent) -> Score:
        """Return the weighted sum, between 0.3 and 1."""
        skill = SKILL_WEIGHT * skill_match(need, agent)
        workload = WORKLOAD_WEIGHT * (1 - agent.load / agent.capacity)
        return Score(
            skill + workload + PRIORITY_WEIGHT, {"skill": skill, "workload": workload, "priority": PRIORITY_WEIGHT}
        )
