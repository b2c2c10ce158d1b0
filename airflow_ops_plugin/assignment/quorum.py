"""A quorum: which answer of several people wins, and whether more answers could change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """How a quorum stands.

    :param is_final: whether more answers could not change it.
    :param answer: what has won; ``None`` where nothing has, or nothing can any more.
    """

    is_final: bool
    answer: str | None = None


def decide(answers: Collection[str], *, quorum: int, seats: int, refusals: Collection[str] = ()) -> Decision:
    """Return what is decided by ``answers``, each of one of ``seats`` people.

    An answer wins with ``quorum`` votes. Once none can get so many any more, the most frequent of ``refusals`` wins,
    where anybody has refused: where 2 of 3 do not approve, it is not approved.
    """
    votes = Counter(answers)
    consents = Counter({answer: count for answer, count in votes.items() if answer not in refusals})
    answer, most = max(consents.items(), key=lambda item: item[1], default=(None, 0))
    if most >= quorum:
        return Decision(is_final=True, answer=answer)
    if most + seats - len(answers) >= quorum:
        return Decision(is_final=False)
    refused = [one for one in refusals if votes[one]]
    return Decision(is_final=True, answer=max(refused, key=lambda one: votes[one], default=None))
