"""The candidates for one need, kept in order while agents change, so that a decision need not look at all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.explanation import RANKED, Explanation, Filtered, filtered_of, ranked_of
from airflow_ops_plugin.assignment.filters import general_hindrance, unfitness
from airflow_ops_plugin.assignment.strategies import Score, Strategy
from airflow_ops_plugin.assignment.work import Need

Place = tuple[int, float, datetime, int, UUID]
"""Sorts the best first: preferred labels, score, longest idle, earliest turn, id."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible agent with its score."""

    agent: Agent
    score: Score


class Ranking:
    """Which agents are eligible for a need, best first, and why the others are not.

    A change of one agent costs the logarithm of the number of agents, and is taken in when the ranking is next asked.
    Conditions that change by mere passing of time (working hours, heartbeats) are looked at again when the first of
    them may have changed.
    """

    def __init__(self, need: Need, strategy: Strategy, agents: Iterable[Agent], now: datetime) -> None:
        self.need = need
        self._strategy = strategy
        self._agents: dict[UUID, Agent] = {}
        self._places: dict[UUID, Place] = {}
        self._scores: dict[UUID, Score] = {}
        self._order: list[Place] = []
        self._reasons: dict[UUID, str] = {}
        self._by_reason: defaultdict[str, dict[UUID, None]] = defaultdict(dict)
        self._unfit: dict[UUID, int] = {}
        self._changes_at: dict[UUID, datetime] = {}
        self._valid_until: datetime | None = None
        self._changed: dict[UUID, Agent] = {}
        for agent in agents:
            if agent.kind == need.kind and (place := self._take(agent, now)) is not None:
                self._order.append(place)
        self._order.sort()

    @property
    def is_anybody_eligible(self) -> bool:
        """Whether there is any candidate, before what a piece of work excludes."""
        return bool(self._order)

    def put(self, agent: Agent) -> None:
        """Take note of an agent, new or changed."""
        self._changed[agent.id] = agent

    def drop(self, agent_id: UUID) -> None:
        """Forget an agent."""
        self._changed.pop(agent_id, None)
        self._remove(agent_id)

    def settle(self, now: datetime) -> None:
        """Take in what has changed, and what has passed a border of working hours or of a heartbeat by ``now``."""
        for agent in self._changed.values():
            self._put(agent, now)
        self._changed.clear()
        if self._valid_until is None or now < self._valid_until:
            return
        for agent_id in [agent_id for agent_id, at in self._changes_at.items() if at <= now]:
            self._put(self._agents[agent_id], now)
        self._valid_until = min(self._changes_at.values(), default=None)

    def best(self, *, excluded: Mapping[UUID, str], preferred: UUID | None = None) -> Iterator[Candidate]:
        """Yield the eligible agents in order, without those that this piece of work excludes.

        :param preferred: comes first where it is eligible.
        """
        if preferred is not None and preferred in self._places and preferred not in excluded:
            yield self._candidate(preferred)
        for place in self._order:
            agent_id = place[-1]
            if agent_id != preferred and agent_id not in excluded:
                yield self._candidate(agent_id)

    def explain(self, *, excluded: Mapping[UUID, str], note: str = "") -> Explanation:
        """Return the counts and the scores of this moment."""
        left_out = {agent_id: why for agent_id, why in excluded.items() if agent_id in self._places}
        filtered = self._filtered(left_out)
        ranked = []
        for candidate in self.best(excluded=excluded):
            ranked.append(ranked_of(candidate.agent, candidate.score))
            if len(ranked) == RANKED:
                break
        return Explanation(
            strategy=self.need.strategy,
            considered=len(self._agents),
            eligible=len(self._order) - len(left_out),
            filtered=filtered,
            ranked=tuple(ranked),
            note=note,
        )

    def _put(self, agent: Agent, now: datetime) -> None:
        if self._unfit.get(agent.id) == agent.version:
            self._agents[agent.id] = agent
            return
        self._remove(agent.id)
        if agent.kind == self.need.kind and (place := self._take(agent, now)) is not None:
            insort(self._order, place)

    def _take(self, agent: Agent, now: datetime) -> Place | None:
        """Take in an agent that is not known; return the place in the order that is due to it, if any."""
        self._agents[agent.id] = agent
        reason = unfitness(agent, self.need)
        if reason:
            self._unfit[agent.id] = agent.version
        else:
            self._note_change(agent, now)
            reason = general_hindrance(agent, now)
        if reason:
            self._reasons[agent.id] = reason
            self._by_reason[reason][agent.id] = None
            return None
        score = self._strategy.score(self.need, agent)
        labels = len(agent.labels & self.need.prefer_labels)
        place = (-labels, -score.value, agent.idle_since, agent.turn, agent.id)
        self._scores[agent.id] = score
        self._places[agent.id] = place
        return place

    def _remove(self, agent_id: UUID) -> None:
        self._agents.pop(agent_id, None)
        self._changes_at.pop(agent_id, None)
        self._unfit.pop(agent_id, None)
        if (place := self._places.pop(agent_id, None)) is not None:
            del self._order[bisect_left(self._order, place)]
            del self._scores[agent_id]
        if (reason := self._reasons.pop(agent_id, None)) is not None:
            del self._by_reason[reason][agent_id]

    def _filtered(self, left_out: Mapping[UUID, str]) -> tuple[Filtered, ...]:
        groups: dict[str, list[UUID] | dict[UUID, None]] = {r: ids for r, ids in self._by_reason.items() if ids}
        for agent_id, why in left_out.items():
            groups[why] = [*groups.get(why, ()), agent_id]
        counts = {reason: len(ids) for reason, ids in groups.items()}
        agents = {reason: (self._agents[agent_id] for agent_id in ids) for reason, ids in groups.items()}
        return filtered_of(agents, counts)

    def _candidate(self, agent_id: UUID) -> Candidate:
        return Candidate(self._agents[agent_id], self._scores[agent_id])

    def _note_change(self, agent: Agent, now: datetime) -> None:
        change = agent.next_change_at(now)
        if change is None:
            return
        self._changes_at[agent.id] = change
        if self._valid_until is None or change < self._valid_until:
            self._valid_until = change
