"""The oracle: it alone decides what data and people would, so that every leg of the proof meets the same world."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

PATIENCE = 3
"""Visits of a gateway after which it always takes the way out of its loop."""


@dataclass(frozen=True)
class Question:
    """What a flow node asks whenever it is visited.

    :param answers: names of the variables whose values (1 or 0) it needs.
    :param way_out: the variable that must be 1 for its loop to end; empty where it stands on none.
    :param may_all_be_false: whether there is a default way.
    :param is_count: whether the answer is a number of iterations instead, from 0 to ``PATIENCE``.
    :param is_choice: whether exactly one of the variables is 1: what happens first.
    """

    answers: tuple[str, ...]
    way_out: str = ""
    may_all_be_false: bool = True
    is_count: bool = False
    is_choice: bool = False


@dataclass
class Oracle:
    """Answers the same question at the same visit always in the same way.

    Only the number of a visit counts, never its moment: legs that visit the flow nodes of parallel paths in different
    orders still get the same answers for each node in the order of that node's own visits.

    :param questions: by the id of the flow node that asks.
    :param holders: for each person's task that an event may take away, the element whose answer says so by a value of
        0 for that element itself; empty for a task that always waits until it is taken away.
    :param late: persons' tasks that are done only when nothing else can happen any more.
    """

    seed: int
    questions: dict[str, Question]
    holders: dict[str, str] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    visits: Counter[str] = field(default_factory=Counter)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)

    def visit(self, element: str) -> dict[str, int]:
        """Return the variables that the next visit of ``element`` sees; nothing for one that asks nothing."""
        question = self.questions.get(element)
        self.answers[element] = {} if question is None else self._answer(element, question)
        return self.answers[element]

    def asking(self, event: str) -> str:
        """Return the element whose answer says whether ``event`` happens; empty for one that always does."""
        return self.askers.get(event, "")

    @cached_property
    def askers(self) -> dict[str, str]:
        """By each event that may happen or not, the element whose answer says so."""
        choices = {element: question for element, question in self.questions.items() if question.is_choice}
        return {name: element for element, question in choices.items() for name in (element, *question.answers)}

    def chosen(self, element: str) -> str:
        """Return what the next visit of ``element`` brings of that of which exactly one thing happens."""
        return next(name for name, value in self.visit(element).items() if value)

    def is_held(self, element: str) -> bool:
        """Whether nobody does the person's task ``element`` before an event takes it away."""
        holder = self.holders.get(element)
        return holder is not None and not (holder and self.answers[holder][holder])

    def _answer(self, element: str, question: Question) -> dict[str, int]:
        self.visits[element] += 1
        number = self.visits[element]
        chance = random.Random(f"{self.seed}/{element}/{number}")
        if question.is_count:
            return {name: chance.randrange(PATIENCE + 1) for name in question.answers}
        if question.is_choice:
            chosen = chance.choice(question.answers)
            return {name: int(name == chosen) for name in question.answers}
        values = {name: chance.randrange(2) for name in question.answers}
        if question.way_out and number >= PATIENCE:
            values = {name: int(name == question.way_out) for name in question.answers}
        if not question.may_all_be_false and not any(values.values()):
            values[chance.choice(question.answers)] = 1
        return values
