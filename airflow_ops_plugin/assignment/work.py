"""What work is: its key, what it needs of an agent, its states and how an assignment can end."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from airflow_ops_plugin.agents.agent import AgentKind

DEFAULT_PRIORITY = 5
MAX_PRIORITY = 10
NOBODY = {"id": "ops:nobody", "name": "nobody yet: waits for an agent"}
"""Who is asked while there is no agent; with an empty list, Airflow would let everybody answer."""

RESUME_METHOD = "resume_with_agent"
"""The method with which an operator goes on after it has waited for an agent."""


class Woken(StrEnum):
    """Why the wait of a task instance for an agent is over: the event that it goes on with."""

    READY = "ready"
    """The work item is not queued any more."""
    TOKEN_LOST = "token_lost"
    """The API takes no token that is at hand: the task itself must get a new one."""


class WorkState(StrEnum):
    """Where a work item stands."""

    QUEUED = "queued"
    """At least one of its seats has no agent."""
    LEASED = "leased"
    """Every seat has an agent, or is done."""
    CLOSED = "closed"


class EndReason(StrEnum):
    """Why an assignment ended."""

    COMPLETED = "completed"
    """The agent did the work, or the person answered."""
    RELEASED = "released"
    """Given back to the queue by an operator."""
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    """The offer to a person ran out."""
    REASSIGNED = "reassigned"
    TASK_ENDED = "task_ended"
    """The task instance no longer runs, by any cause."""
    AGENT_LOST = "agent_lost"
    NOT_NEEDED = "not_needed"
    """Enough others answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKey:
    """The task instance that needs an agent; ``map_index`` is -1 where it is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    def __str__(self) -> str:
        suffix = f"[{self.map_index}]" if self.map_index >= 0 else ""
        return f"{self.dag_id}/{self.run_id}/{self.task_id}{suffix}"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What work needs of an agent; equal needs have the same candidates.

    :param skills: least level by name of the skill.
    :param prefer_labels: labels that make an agent rank higher.
    :param only_agents: names, or people's user ids, of the only agents that may do it; empty for any.
    :param any_label: labels of which an agent must have one; candidate groups and lanes come here. Empty for any agent.
    :param strategy: name of the strategy that ranks the candidates.
    :param dag_id: of the work, for agents that work for some Dags only.
    """

    kind: AgentKind
    dag_id: str
    skills: dict[str, int] = field(default_factory=dict)
    prefer_labels: frozenset[str] = frozenset()
    only_agents: frozenset[str] = frozenset()
    any_label: frozenset[str] = frozenset()
    strategy: str

    @cached_property
    def key(self) -> str:
        """A digest that is the same for equal needs in every process."""
        facts = {
            "kind": self.kind,
            "dag_id": self.dag_id,
            "skills": self.skills,
            "prefer_labels": sorted(self.prefer_labels),
            "only_agents": sorted(self.only_agents),
            "any_label": sorted(self.any_label),
            "strategy": self.strategy,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def queue_at(requested_at: datetime, priority: int, ageing: timedelta) -> datetime:
    """Return an item's place in the queue: the smaller, the earlier its turn.

    An item's effective priority at a time ``t`` is ``priority + (t - requested_at) / ageing``. Which of two items has
    the higher one never changes with ``t``; it is the one with the smaller ``requested_at - priority * ageing``. So
    the order can be stored and indexed, and nothing starves: an item is overtaken only by those that come less than
    ``(their priority - its priority) * ageing`` after it.
    """
    return requested_at - priority * ageing
