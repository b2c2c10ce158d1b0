"""What an agent is: its kinds, its states, the facts about it as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from airflow_ops_plugin.agents.duty import Duty

MAX_LEVEL = 5
"""Highest level of a skill; 1 is the lowest."""


class AgentKind(StrEnum):
    """What an agent is, and so what its ``address`` means."""

    PERSON = "person"
    """A user of Airflow; the address is the user's id."""
    DOCKER_HOST = "docker_host"
    """A Docker engine; the address is the id of an Airflow connection."""
    WORKER_QUEUE = "worker_queue"
    """Workers of Airflow that listen to one queue; the address is the queue's name."""


class AgentStatus(StrEnum):
    """Whether an agent is given new work."""

    AVAILABLE = "available"
    DRAINING = "draining"
    """Finishes what it has and is given nothing new."""
    MAINTENANCE = "maintenance"
    OFFLINE = "offline"
    """Does not answer; what it had is returned."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One agent as a decision sees it.

    :param address: user id, connection id or queue name, see ``AgentKind``.
    :param login: of a person: the user name that Airflow records as the initiator of a run.
    :param skills: level by name of the skill, 1 to ``MAX_LEVEL``.
    :param capacity: how many leases it may hold at once.
    :param weight: its share of the work for the strategy ``weighted``, relative to others.
    :param dag_ids: the only Dags it works for; empty for all.
    :param duty: when it works; ``None`` for always.
    :param heartbeat_timeout: silence after which it counts as gone; ``None``: it sends no heartbeats.
    :param version: grows with every change of what it is and can do, not with its load or status.
    :param load: how many leases it holds.
    :param turn: grows with every change of the agent, over all agents.
    :param idle_since: when it was last given work or last gave work back.
    """

    id: UUID
    name: str
    kind: AgentKind
    address: str
    login: str | None = None
    skills: dict[str, int] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    capacity: int = 1
    weight: float = 1.0
    dag_ids: frozenset[str] = frozenset()
    duty: Duty | None = None
    status: AgentStatus = AgentStatus.AVAILABLE
    status_reason: str = ""
    heartbeat_at: datetime | None = None
    heartbeat_timeout: timedelta | None = None
    version: int = 0
    load: int = 0
    turn: int = 0
    idle_since: datetime

    def changed(self, **facts: Any) -> Agent:
        """Return the same agent with other ``facts``; it is done for each lease, so fields are not set one by one."""
        other = object.__new__(Agent)
        other.__dict__.update(self.__dict__, **facts)
        return other

    def is_heartbeat_fresh(self, now: datetime) -> bool:
        """Return whether the agent was heard of recently enough, or need not be heard of."""
        if self.heartbeat_timeout is None:
            return True
        return self.heartbeat_at is not None and now - self.heartbeat_at <= self.heartbeat_timeout

    def is_on_duty(self, now: datetime) -> bool:
        """Return whether ``now`` is within working hours and outside every absence."""
        return self.duty is None or self.duty.covers(now)

    def next_change_at(self, now: datetime) -> datetime | None:
        """Return when ``is_on_duty`` or ``is_heartbeat_fresh`` may change by mere passing of time; ``None``: never."""
        if self.duty is None and self.heartbeat_timeout is None:
            return None
        changes = []
        if self.heartbeat_timeout is not None and self.heartbeat_at is not None and self.is_heartbeat_fresh(now):
            changes.append(self.heartbeat_at + self.heartbeat_timeout + timedelta(microseconds=1))
        if self.duty is not None and (change := self.duty.next_change_at(now)) is not None:
            changes.append(change)
        return min(changes, default=None)
