"""Where the threads of a process ask for agents at the same time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.new_work import NewWork, add_new_work
from airflow_ops_plugin.assignment.queue import HAND_OVER_LIMIT, assign_queued
from airflow_ops_plugin.assignment.roster import Roster

AT_ONCE = 100
"""How much is decided in one transaction."""

GATHERING_SECONDS = 0.005
"""How long a decision waits at most until as many have come as the last one was for; as PostgreSQL's ``commit_delay``.

Where the last one was for a single request it does not wait.
"""


@dataclass(slots=True)
class _Request:
    """One thread's request.

    :param is_woken: the answer is there; or it is not, and its thread is to decide.
    :param answer: whether the work was added, or what went wrong; ``None`` while it waits.
    """

    work: NewWork
    now: datetime
    is_woken: threading.Event = field(default_factory=threading.Event)
    answer: bool | BaseException | None = None


class Desk:
    """Decides about new work, one transaction at a time: what is asked for meanwhile is decided together in the next.

    :param transaction: gives a session that is committed at the end; after a failure the roster is told.
    """

    def __init__(self, roster: Roster, transaction: Callable[[], AbstractContextManager[Session]]) -> None:
        self._roster = roster
        self._transaction = transaction
        self._arrival = threading.Condition()
        self._is_deciding = False
        self._last_count = 1
        self._waiting: deque[_Request] = deque()

    def add(self, session: Session, work: NewWork, now: datetime) -> bool:
        """Add new work and return whether it was added, as ``request.AddNewWork``.

        It is committed then, and so is what ``session`` has done: SQLite could not write while that goes on.
        """
        session.commit()
        request = _Request(work, now)
        with self._arrival:
            self._waiting.append(request)
            self._arrival.notify()
            others_decide, self._is_deciding = self._is_deciding, True
        if others_decide:
            request.is_woken.wait()
        if request.answer is None:
            self._decide()
        if isinstance(request.answer, BaseException):
            raise request.answer
        return bool(request.answer)

    def _decide(self) -> None:
        """Decide about what waits, the caller's among it; of those that have come since, let the first do so next."""
        with self._arrival:
            self._arrival.wait_for(lambda: len(self._waiting) >= self._last_count, GATHERING_SECONDS)
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
            self._last_count = len(taken)
        now = max(one.now for one in taken)
        try:
            with self._transaction() as session:
                added = add_new_work(session, self._roster, [one.work for one in taken], now=now)
            if added.is_unsure:
                with self._transaction() as session:
                    assign_queued(session, self._roster, now=now, limit=HAND_OVER_LIMIT)
            for one in taken:
                one.answer = one.work.id in added.ids
        except BaseException as error:
            for one in taken:
                one.answer = error
        with self._arrival:
            self._is_deciding = bool(self._waiting)
            if self._waiting:
                self._waiting[0].is_woken.set()
        for one in taken:
            one.is_woken.set()
