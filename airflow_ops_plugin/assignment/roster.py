"""The agents in the memory of one process, brought up to date by reading what has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent, AgentStatus
from airflow_ops_plugin.agents.models import AgentRow, AgentSkillRow
from airflow_ops_plugin.agents.row_value import agent_of
from airflow_ops_plugin.assignment.ranking import Ranking
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import Need

OVERLAP = 32
"""How many turns before the last one are read again: changes that drew their turn early and committed late."""

FULL_READ_EVERY = timedelta(seconds=30)
ENOUGH = timedelta(seconds=1)
"""How old a full reading may be for somebody who asks for one."""

RANKINGS_KEPT = 128
BATCH = 500
"""How many agents one statement names."""


class Roster:
    """All agents, and rankings of them for the needs that were asked for lately.

    What it says may be some milliseconds old, or, where a change committed very late, up to ``FULL_READ_EVERY``: so a
    lease is always taken by a statement that checks the agent's row. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._agents: dict[UUID, Agent] = {}
        self._ids: dict[str, UUID] = {}
        self._rankings: OrderedDict[str, Ranking] = OrderedDict()
        self._changes: dict[UUID, tuple[int, Agent | None]] = {}  # the last change by agent, the latest at the end
        self._change = 0
        self._last_turn = 0
        self._read_fully_at: datetime | None = None

    def refresh(self, session: Session, *, now: datetime, is_full: bool = False) -> None:
        """Read what has changed since the last time.

        :param is_full: read everything, unless that was done within the last second.
        """
        age = None if self._read_fully_at is None else now - self._read_fully_at
        if age is None or not timedelta() <= age < (ENOUGH if is_full else FULL_READ_EVERY):
            self._read_everything(session, now)
        else:
            self._read_changes(session)

    def distrust(self) -> None:
        """Read everything the next time: what was read last has been rolled back."""
        with self.lock:
            self._read_fully_at = None
            self._last_turn = 0
            self._agents.clear()
            self._ids.clear()
            self._rankings.clear()
            self._changes.clear()

    def ranking(self, need: Need, now: datetime) -> Ranking:
        """Return the candidates for ``need`` at ``now``; it changes with the roster.

        :raises UnknownNameError: there is no such strategy.
        """
        ranking = self._rankings.get(need.key)
        if ranking is None:
            ranking = self._rankings[need.key] = Ranking(need, STRATEGIES[need.strategy](), self._agents.values(), now)
            if len(self._rankings) > RANKINGS_KEPT:
                self._rankings.popitem(last=False)
        else:
            self._rankings.move_to_end(need.key)
            self._take_in_changes(ranking, now)
        ranking.last_change = self._change
        ranking.pass_time(now)
        return ranking

    def foresee_lease(self, agent_id: UUID, *, now: datetime) -> None:
        """Count one more lease of an agent, which is about to be taken."""
        agent = self._agents[agent_id]
        self._put(agent.changed(load=agent.load + 1, idle_since=now))

    def confirm_lease(self, before: Agent, *, turn: int | None) -> None:
        """Say what has become of the leases foreseen.

        :param before: the agent as it was before.
        :param turn: which they have got; ``None`` where they could not be taken.
        """
        self._put(before if turn is None else self._agents[before.id].changed(turn=turn))

    def agent(self, agent_id: UUID) -> Agent | None:
        """Return an agent by id, ``None`` where it is not registered any more."""
        return self._agents.get(agent_id)

    def named(self, name: str) -> Agent | None:
        """Return an agent by name."""
        agent_id = self._ids.get(name)
        return None if agent_id is None else self._agents.get(agent_id)

    def agents(self) -> list[Agent]:
        """Return all agents."""
        return list(self._agents.values())

    def _read_everything(self, session: Session, now: datetime) -> None:
        found = {row.id: row for row in session.connection().execute(_ALL)}
        for gone in self._agents.keys() - found.keys():
            self._drop(gone)
        for row in found.values():
            self._note(row.turn)
        changed = [row.id for row in found.values() if not self._is_known(row)]
        self._describe(session, changed if self._agents else None)
        self._read_fully_at = now

    def _read_changes(self, session: Session) -> None:
        """Read rows with new turns; load all of a row only where more than its load and status are new."""
        unknown: list[UUID] = []
        for row in session.connection().execute(_CHANGED, {"since": self._last_turn - OVERLAP}):
            self._note(row.turn)
            known = self._agents.get(row.id)
            if row.removed_at is not None:
                self._drop(row.id)
            elif known is None or known.version != row.version:
                unknown.append(row.id)
            elif known.turn < row.turn:
                changed = known.changed(
                    load=row.load,
                    turn=row.turn,
                    idle_since=row.idle_since,
                    status=AgentStatus(row.status),
                    status_reason=row.status_reason,
                    heartbeat_at=row.heartbeat_at,
                )
                self._put(changed)
        if unknown:
            self._describe(session, unknown)

    def _describe(self, session: Session, ids: Sequence[UUID] | None) -> None:
        """Read everything about some agents; ``None`` for all."""
        if ids is None:
            self._take(session, _DESCRIBED, _SKILLS)
        for start in range(0, len(ids or ()), BATCH):
            some = (ids or ())[start : start + BATCH]
            self._take(session, _DESCRIBED.where(_agent.id.in_(some)), _SKILLS.where(_skill.agent_id.in_(some)))

    def _take(self, session: Session, agents: sa.Select[Any], skills: sa.Select[Any]) -> None:
        levels: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
        for agent_id, skill, level in session.connection().execute(skills):
            levels[agent_id][skill] = level
        for row in session.connection().execute(agents):
            self._note(row.turn)
            if not self._is_known(row):
                self._put(agent_of(row, levels[row.id]))

    def _is_known(self, row: sa.Row[Any, Any, Any]) -> bool:
        known = self._agents.get(row.id)
        return known is not None and (known.turn, known.version) == (row.turn, row.version)

    def _note(self, turn: int) -> None:
        self._last_turn = max(self._last_turn, turn)

    def _put(self, agent: Agent) -> None:
        known = self._agents.get(agent.id)
        if known is None or known.name != agent.name:
            self._forget_name(agent.id)
            self._ids[agent.name] = agent.id
        self._agents[agent.id] = agent
        self._note_change(agent.id, agent)

    def _drop(self, agent_id: UUID) -> None:
        self._forget_name(agent_id)
        self._agents.pop(agent_id, None)
        self._note_change(agent_id, None)

    def _note_change(self, agent_id: UUID, agent: Agent | None) -> None:
        self._change += 1
        self._changes.pop(agent_id, None)
        self._changes[agent_id] = (self._change, agent)

    def _take_in_changes(self, ranking: Ranking, now: datetime) -> None:
        """Bring a ranking up to date with the agents that have changed since it was last asked, each once."""
        for agent_id, (change, agent) in reversed(self._changes.items()):
            if change <= ranking.last_change:
                break
            if agent is None:
                ranking.drop(agent_id)
            else:
                ranking.put(agent, now)

    def _forget_name(self, agent_id: UUID) -> None:
        known = self._agents.get(agent_id)
        if known is not None and self._ids.get(known.name) == agent_id:
            del self._ids[known.name]


_agent, _skill = AgentRow.__table__.c, AgentSkillRow.__table__.c
_ALL = sa.select(_agent.id, _agent.turn, _agent.version).where(_agent.removed_at.is_(None))
_DESCRIBED = sa.select(AgentRow.__table__).where(_agent.removed_at.is_(None))
_SKILLS = sa.select(_skill.agent_id, _skill.skill, _skill.level)
_CHANGED = sa.select(
    _agent.id,
    _agent.turn,
    _agent.version,
    _agent.load,
    _agent.idle_since,
    _agent.status,
    _agent.status_reason,
    _agent.heartbeat_at,
    _agent.removed_at,
).where(_agent.turn > sa.bindparam("since", type_=sa.BigInteger))
