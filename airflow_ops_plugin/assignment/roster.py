"""The agents in the memory of one process, brought up to date by reading what has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent, AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
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
        self._last_turn = 0
        self._seen: set[int] = set()
        self._read_fully_at: datetime | None = None

    def refresh(self, session: Session, *, now: datetime, is_full: bool = False) -> None:
        """Read what has changed since the last time.

        :param is_full: read everything, unless that was done within the last second.
        """
        age = None if self._read_fully_at is None else now - self._read_fully_at
        if age is None or not timedelta() <= age < (ENOUGH if is_full else FULL_READ_EVERY):
            self._read_everything(session, now)
        else:
            self._read_changes(session, now)

    def distrust(self) -> None:
        """Read everything the next time: what was read last has been rolled back."""
        with self.lock:
            self._read_fully_at = None
            self._last_turn = 0
            self._seen.clear()
            self._agents.clear()
            self._ids.clear()
            self._rankings.clear()

    def ranking(self, need: Need, now: datetime) -> Ranking:
        """Return the candidates for ``need`` at ``now``; it changes with the roster.

        :raises UnknownNameError: there is no such strategy.
        """
        key = need.key
        ranking = self._rankings.get(key)
        if ranking is None:
            ranking = self._rankings[key] = Ranking(need, STRATEGIES[need.strategy](), self._agents.values(), now)
            if len(self._rankings) > RANKINGS_KEPT:
                self._rankings.popitem(last=False)
        self._rankings.move_to_end(key)
        ranking.settle(now)
        return ranking

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
        rows = session.scalars(
            sa.select(AgentRow).where(AgentRow.removed_at.is_(None)).execution_options(populate_existing=True)
        ).all()
        for gone in self._agents.keys() - {row.id for row in rows}:
            self._drop(gone)
        for row in rows:
            self._take(row, now)
        self._read_fully_at = now

    def _read_changes(self, session: Session, now: datetime) -> None:
        """Read rows with new turns; load all of a row only where more than its load and status are new."""
        since = self._last_turn - OVERLAP
        self._seen = {turn for turn in self._seen if turn > since}
        unknown: list[UUID] = []
        for row in session.connection().execute(_CHANGED, {"since": since, "seen": list(self._seen) or [-1]}):
            known = self._agents.get(row.id)
            if row.removed_at is not None:
                self._note(row.turn)
                self._drop(row.id)
            elif known is None or known.version != row.version:
                unknown.append(row.id)
            else:
                self._note(row.turn)
                status = AgentStatus(row.status)
                changed = replace(
                    known,
                    load=row.load,
                    turn=row.turn,
                    idle_since=row.idle_since,
                    status=status,
                    status_reason=row.status_reason,
                    heartbeat_at=row.heartbeat_at,
                )
                self._put(changed, now)
        if unknown:
            query = sa.select(AgentRow).where(AgentRow.id.in_(unknown))
            for described in session.scalars(query.execution_options(populate_existing=True)):
                self._take(described, now)

    def _take(self, row: AgentRow, now: datetime) -> None:
        self._note(row.turn)
        known = self._agents.get(row.id)
        if known is None or (known.turn, known.version) != (row.turn, row.version):
            self._put(agent_of(row), now)

    def _note(self, turn: int) -> None:
        self._last_turn = max(self._last_turn, turn)
        self._seen.add(turn)

    def _put(self, agent: Agent, now: datetime) -> None:
        self._forget_name(agent.id)
        self._agents[agent.id] = agent
        self._ids[agent.name] = agent.id
        for ranking in self._rankings.values():
            ranking.put(agent, now)

    def _drop(self, agent_id: UUID) -> None:
        self._forget_name(agent_id)
        self._agents.pop(agent_id, None)
        for ranking in self._rankings.values():
            ranking.drop(agent_id)

    def _forget_name(self, agent_id: UUID) -> None:
        known = self._agents.get(agent_id)
        if known is not None and self._ids.get(known.name) == agent_id:
            del self._ids[known.name]


_agent = AgentRow.__table__.c
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
).where(
    _agent.turn > sa.bindparam("since", type_=sa.BigInteger),
    _agent.turn.not_in(sa.bindparam("seen", type_=sa.BigInteger, expanding=True)),
)
