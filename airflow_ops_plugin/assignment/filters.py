"""The hard filters, in order: why an agent cannot be given some work. The first that applies is the reason counted.

What an agent is and can do comes first, then its state: so a change of its load alone asks only for the second part.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from airflow_ops_plugin.agents.agent import Agent, AgentKind, AgentStatus
from airflow_ops_plugin.assignment.work import Need

Filter = Callable[[Agent, Need], str | None]

FULL = "full"

_STATUS_REASONS = {
    AgentStatus.DRAINING: "draining",
    AgentStatus.MAINTENANCE: "in maintenance",
    AgentStatus.OFFLINE: "offline",
}


def hindrance(agent: Agent, need: Need, now: datetime) -> str | None:
    """Return the reason why ``agent`` cannot be given the work, in words; ``None`` where it can."""
    return unfitness(agent, need) or general_hindrance(agent, now)


def unfitness(agent: Agent, need: Need) -> str | None:
    """Return the reason why ``agent`` is none for ``need``, whatever its load and state; ``None`` where it is one."""
    for find_reason in FILTERS:
        if reason := find_reason(agent, need):
            return reason
    return None


def general_hindrance(agent: Agent, now: datetime) -> str | None:
    """Return the reason why ``agent`` cannot be given any work at the moment."""
    return _STATUS_REASONS.get(agent.status) or _silent(agent, now) or _off_duty(agent, now) or _full(agent)


def _lacks_skill(agent: Agent, need: Need) -> str | None:
    lacking = [skill for skill, level in need.skills.items() if agent.skills.get(skill, 0) < level]
    return f"lack skill {min(lacking)}>={need.skills[min(lacking)]}" if lacking else None


def _is_not_named(agent: Agent, need: Need) -> str | None:
    if not need.only_agents:
        return None
    names = {agent.name} | ({agent.address, agent.login} if agent.kind == AgentKind.PERSON else set())
    return None if names & need.only_agents else "not named"


def _is_in_no_group(agent: Agent, need: Need) -> str | None:
    if not need.any_label or agent.labels & need.any_label:
        return None
    return f"not in {' or '.join(sorted(need.any_label))}"


def _works_for_other_dags(agent: Agent, need: Need) -> str | None:
    return "do not work for this Dag" if agent.dag_ids and need.dag_id not in agent.dag_ids else None


def _silent(agent: Agent, now: datetime) -> str | None:
    return None if agent.is_heartbeat_fresh(now) else "not heard of in time"


def _off_duty(agent: Agent, now: datetime) -> str | None:
    return None if agent.is_on_duty(now) else "off duty"


def _full(agent: Agent) -> str | None:
    return FULL if agent.load >= agent.capacity else None


FILTERS: tuple[Filter, ...] = (
    _is_not_named,
    _is_in_no_group,
    _lacks_skill,
    _works_for_other_dags,
)
"""What makes an agent unfit for a need, in order."""
