"""RunRecord: what a leg of the proof has seen, in the terms in which legs are compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class RunRecord:
    """One run.

    :param executed: how often each flow node was completed, by its id.
    :param end: ``success``, ``failed``, or ``deadlock`` where tokens are left that nothing can move.
    """

    executed: Counter[str]
    end: str
