"""Why a decision went as it did, as plain data and as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.strategies import Score

EXAMPLES = 5
RANKED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """How many agents one reason left out, and the names of some."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One of the best, with its score and the load it had."""

    agent: str
    score: float
    parts: dict[str, float]
    load: int
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision explained.

    :param considered: agents of the right kind.
    :param eligible: those that no filter left out.
    :param ranked: the best, in order.
    :param note: what the numbers do not say, such as a person's wish.
    """

    strategy: str
    considered: int
    eligible: int
    filtered: tuple[Filtered, ...]
    ranked: tuple[Ranked, ...]
    note: str = ""

    @property
    def summary(self) -> str:
        """The counts in a sentence: ``0 of 12 eligible: 7 lack skill netops>=3, 4 full, 1 in maintenance``."""
        if not self.considered:
            return "no agent of this kind is registered"
        head = f"{self.eligible} of {self.considered} eligible"
        reasons = ", ".join(f"{one.count} {one.reason}" for one in self.filtered)
        return f"{head}: {reasons}" if reasons else head

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored and shown."""
        return {
            "summary": self.summary,
            "strategy": self.strategy,
            "considered": self.considered,
            "eligible": self.eligible,
            "filtered": [{"reason": o.reason, "count": o.count, "examples": list(o.examples)} for o in self.filtered],
            "ranked": [
                {"agent": o.agent, "score": o.score, "parts": o.parts, "load": o.load, "capacity": o.capacity}
                for o in self.ranked
            ],
            "note": self.note,
        }


def filtered_of(agents_by_reason: Mapping[str, Iterable[Agent]], counts: Mapping[str, int]) -> tuple[Filtered, ...]:
    """Return the reasons, the most frequent first."""
    found = []
    for reason, agents in agents_by_reason.items():
        if counts[reason]:
            names = [agent.name for _, agent in zip(range(EXAMPLES), agents, strict=False)]
            found.append(Filtered(reason=reason, count=counts[reason], examples=tuple(names)))
    return tuple(sorted(found, key=lambda one: (-one.count, one.reason)))


def ranked_of(agent: Agent, score: Score) -> Ranked:
    """Return an agent with its score, rounded for reading."""
    parts = {name: round(value, 4) for name, value in score.parts.items()}
    return Ranked(agent=agent.name, score=round(score.value, 4), parts=parts, load=agent.load, capacity=agent.capacity)
