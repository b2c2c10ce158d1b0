"""The oracle: it alone decides what data and people would, so that every leg of the proof meets the same world."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

PATIENCE = 3
"""Visits of a gateway after which it always takes the way out of its loop."""


@dataclass(frozen=True)
class Question:
    """What a flow node asks whenever it is visited.

    :param answers: names of the variables whose values (1 or 0) it needs.
    :param way_out: the variable that must be 1 for its loop to end; empty where it stands on none.
    :param may_all_be_false: whether there is a default way.
    :param is_count: whether the answer is a number of iterations instead, from 0 to ``PATIENCE``.
    """

    answers: tuple[str, ...]
    way_out: str = ""
    may_all_be_false: bool = True
    is_count: bool = False


@dataclass
class Oracle:
    """Answers the same question at the same visit always in the same way.

    Only the number of a visit counts, never its moment: legs that visit the flow nodes of parallel paths in different
    orders still get the same answers for each node in the order of that node's own visits.

    :param questions: by the id of the flow node that asks.
    """

    seed: int
    questions: dict[str, Question]
    visits: Counter[str] = field(default_factory=Counter)

    def visit(self, element: str) -> dict[str, int]:
        """Return the variables that the next visit of ``element`` sees; nothing for one that asks nothing."""
        question = self.questions.get(element)
        if question is None:
            return {}
        self.visits[element] += 1
        number = self.visits[element]
        chance = random.Random(f"{self.seed}/{element}/{number}")
        if question.is_count:
            return {name: chance.randrange(PATIENCE + 1) for name in question.answers}
        values = {name: chance.randrange(2) for name in question.answers}
        if question.way_out and number >= PATIENCE:
            values = {name: int(name == question.way_out) for name in question.answers}
        if not question.may_all_be_false and not any(values.values()):
            values[chance.choice(question.answers)] = 1
        return values
