"""RunRecord: what a leg of the proof has seen, in the terms in which legs are compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunRecord:
    """One run.

    :param executed: how often each flow node was completed, by its id.
    :param end: ``success``, ``failed``, or ``deadlock`` where tokens are left that nothing can move.
    :param undone: for each scope that has undone something, its compensation handlers in the order in which they ran.
    """

    executed: Counter[str]
    end: str
    undone: dict[str, list[str]] = field(default_factory=dict)


def handlers_in_order(done: Iterable[str], undoers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the compensation handlers among flow nodes that were completed one after another, by scope.

    :param undoers: for each handler its scope.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for element in done:
        if element in undoers:
            found[undoers[element]].append(element)
    return dict(found)
