"""The candidates for one need, kept in order while agents change, so that a decision need not look at all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.explanation import RANKED, Explanation, Filtered, Ranked, filtered_of, ranked_of
from airflow_ops_plugin.assignment.filters import general_hindrance, unfitness
from airflow_ops_plugin.assignment.strategies import Score, Strategy
from airflow_ops_plugin.assignment.work import Need


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible agent with its score."""

    agent: Agent
    score: Score


@dataclass(slots=True)
class _Entry:
    """What a ranking knows of one agent: a place in the order, or the reason why it has none.

    :param unfitness: why it is none for the need, whatever its load and state; depends on its version only.
    :param changes_at: when passing time may change its place.
    """

    agent: Agent
    unfitness: str | None
    reason: str | None = None
    candidate: Candidate | None = None
    place: Place | None = None
    ranked: Ranked | None = None
    changes_at: datetime | None = None


Place = tuple[int, float, datetime, int, UUID, _Entry]
"""Sorts the best first: preferred labels, score, longest idle, earliest turn, id."""


class Ranking:
    """Which agents are eligible for a need, best first, and why the others are not.

    A change of one agent costs the logarithm of the number of agents. Conditions that change by mere passing of time
    (working hours, heartbeats) are looked at again when the first of them may have changed.

    :ivar last_change: for whoever keeps it up to date: the number of the last change that it was told of.
    """

    def __init__(self, need: Need, strategy: Strategy, agents: Iterable[Agent], now: datetime) -> None:
        self.need = need
        self.last_change = 0
        self._strategy = strategy
        self._entries: dict[UUID, _Entry] = {}
        self._order: list[Place] = []
        self._by_reason: defaultdict[str, dict[UUID, _Entry]] = defaultdict(dict)
        self._valid_until: datetime | None = None
        for agent in agents:
            if agent.kind == need.kind:
                entry = self._entries[agent.id] = _Entry(agent, unfitness(agent, need))
                self._judge(entry, now)
                if entry.place is not None:
                    self._order.append(entry.place)
        self._order.sort()

    @property
    def is_anybody_eligible(self) -> bool:
        """Whether there is any candidate, before what a piece of work excludes."""
        return bool(self._order)

    def put(self, agent: Agent, now: datetime) -> None:
        """Take in an agent, new or changed."""
        entry = self._entries.get(agent.id)
        if entry is not None and entry.agent.version == agent.version:
            entry.agent = agent
            if entry.unfitness is not None:
                return
            self._withdraw(entry)
        else:
            self.drop(agent.id)
            if agent.kind != self.need.kind:
                return
            entry = self._entries[agent.id] = _Entry(agent, unfitness(agent, self.need))
        self._judge(entry, now)
        if entry.place is not None:
            insort(self._order, entry.place)

    def drop(self, agent_id: UUID) -> None:
        """Forget an agent."""
        if (entry := self._entries.pop(agent_id, None)) is not None:
            self._withdraw(entry)

    def pass_time(self, now: datetime) -> None:
        """Look again at agents that have passed a border of working hours or of a heartbeat by ``now``."""
        if self._valid_until is None or now < self._valid_until:
            return
        self._valid_until = None
        for entry in self._entries.values():
            if entry.changes_at is not None and entry.changes_at <= now:
                self.put(entry.agent, now)
            elif entry.changes_at is not None:
                self._note_validity(entry.changes_at)

    def best(self, *, excluded: Mapping[UUID, str], preferred: UUID | None = None) -> Iterator[Candidate]:
        """Yield the eligible agents in order, without those that this piece of work excludes.

        :param preferred: comes first where it is eligible.
        """
        return (entry.candidate for entry in self._best(excluded, preferred) if entry.candidate is not None)

    def explain(self, *, excluded: Mapping[UUID, str], note: str = "") -> Explanation:
        """Return the counts and the scores of this moment."""
        left_out = {
            agent_id: why
            for agent_id, why in excluded.items()
            if (entry := self._entries.get(agent_id)) is not None and entry.place is not None
        }
        return Explanation(
            strategy=self.need.strategy,
            considered=len(self._entries),
            eligible=len(self._order) - len(left_out),
            filtered=self._filtered(left_out),
            ranked=tuple(_ranked(entry) for entry in islice(self._best(excluded), RANKED)),
            note=note,
        )

    def _best(self, excluded: Mapping[UUID, str], preferred: UUID | None = None) -> Iterator[_Entry]:
        first = self._entries.get(preferred) if preferred is not None and preferred not in excluded else None
        if first is not None and first.place is not None:
            yield first
        for place in self._order:
            entry = place[-1]
            if entry is not first and (not excluded or entry.agent.id not in excluded):
                yield entry

    def _judge(self, entry: _Entry, now: datetime) -> None:
        """Give an entry its place, or the reason why it has none."""
        agent = entry.agent
        reason = entry.unfitness
        if reason is None:
            entry.changes_at = agent.next_change_at(now)
            if entry.changes_at is not None:
                self._note_validity(entry.changes_at)
            reason = general_hindrance(agent, now)
        if reason is not None:
            entry.reason = reason
            self._by_reason[reason][agent.id] = entry
            return
        score = self._strategy.score(self.need, agent)
        labels = len(agent.labels & self.need.prefer_labels)
        entry.candidate = Candidate(agent, score)
        entry.place = (-labels, -score.value, agent.idle_since, agent.turn, agent.id, entry)

    def _withdraw(self, entry: _Entry) -> None:
        """Take an entry out of the order, or away from the reason that it had."""
        if entry.place is not None:
            del self._order[bisect_left(self._order, entry.place)]
        if entry.reason is not None:
            del self._by_reason[entry.reason][entry.agent.id]
        entry.reason = entry.candidate = entry.place = entry.ranked = None

    def _filtered(self, left_out: Mapping[UUID, str]) -> tuple[Filtered, ...]:
        groups = {reason: entries for reason, entries in self._by_reason.items() if entries}
        for agent_id, why in left_out.items():
            groups[why] = {**groups.get(why, {}), agent_id: self._entries[agent_id]}
        counts = {reason: len(entries) for reason, entries in groups.items()}
        agents = {reason: (entry.agent for entry in entries.values()) for reason, entries in groups.items()}
        return filtered_of(agents, counts)

    def _note_validity(self, until: datetime) -> None:
        if self._valid_until is None or until < self._valid_until:
            self._valid_until = until


def _ranked(entry: _Entry) -> Ranked:
    """Return an eligible agent as explanations show it, made once for each place that it takes."""
    if entry.ranked is None:
        assert entry.candidate is not None
        entry.ranked = ranked_of(entry.candidate.agent, entry.candidate.score)
    return entry.ranked
