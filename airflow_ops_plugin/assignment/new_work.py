"""New work, decided about together: the more is asked for at once, the more decisions share.

They share the reading of what has changed, one statement for all agents and one commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.explanation import Explanation
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.seats import BY_ITSELF, assignment_values
from airflow_ops_plugin.assignment.work import Need


@dataclass(frozen=True, slots=True)
class NewWork:
    """Work with one seat that any agent may have who suits its need.

    :param values: of every column of its work item, as leased.
    """

    values: dict[str, Any]
    need: Need

    @property
    def id(self) -> UUID:
        """Id of the work item."""
        item_id: UUID = self.values["id"]
        return item_id


@dataclass(frozen=True, slots=True)
class Added:
    """What has become of new work.

    :param ids: of the work items that were added: a task instance that has an open one gets no other.
    :param is_unsure: whether some waits although there may be room: agents were just being given other work.
    """

    ids: set[UUID]
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class _Pick:
    """An agent chosen for new work, not yet claimed."""

    work: NewWork
    agent: Agent
    explanation: Explanation


def add_new_work(session: Session, roster: Roster, works: Sequence[NewWork], *, now: datetime) -> Added:
    """Add work items and give them to agents, in the order of the queue; what nobody is free for waits from then on.

    So does what somebody waits for already who comes first.
    """
    added = statements.insert_work_items(session, [work.values for work in works])
    if not added:
        return Added(added, is_unsure=False)
    in_order = sorted((work for work in works if work.id in added), key=lambda work: (work.values["queue_at"], work.id))
    first = statements.first_in_queue(session, {work.need.key for work in in_order})
    with roster.lock:
        roster.refresh(session, now=now)
        picks, is_unsure = _claim(session, roster, [work for work in in_order if not _is_behind(work, first)], now)
        served = {pick.work.id for pick in picks}
        waiting = {
            work.id: roster.ranking(work.need, now).explain(excluded={}).as_json()
            for work in in_order
            if work.id not in served
        }
    statements.mark_waiting(session, waiting)
    statements.insert_assignments(session, [_assignment(pick, now) for pick in picks])
    return Added(added, is_unsure)


def _is_behind(work: NewWork, first: dict[str, datetime]) -> bool:
    return work.need.key in first and first[work.need.key] <= work.values["queue_at"]


def _assignment(pick: _Pick, now: datetime) -> dict[str, Any]:
    return assignment_values(
        item_id=pick.work.id,
        agent_id=pick.agent.id,
        place=0,
        offer_timeout_seconds=pick.work.values["offer_timeout_seconds"],
        explanation=pick.explanation,
        actor=BY_ITSELF,
        note="",
        now=now,
    )


def _claim(session: Session, roster: Roster, works: Sequence[NewWork], now: datetime) -> tuple[list[_Pick], bool]:
    """Return who gets which work, with the agents' loads raised, and whether an agent could not be had for the rest."""
    done: list[_Pick] = []
    for is_turn_checked in (True, False):
        if not is_turn_checked:
            # Nobody is left, or what was read is old: a change committed late, or an agent's row was locked.
            roster.refresh(session, now=now, is_full=True)
        passed_over: dict[UUID, str] = {}
        while works and (picks := _pick(roster, works, passed_over, now)):
            claimed = _claim_picked(session, roster, picks, now=now, is_turn_checked=is_turn_checked)
            done += [pick for pick in picks if pick.agent.id in claimed]
            passed_over |= {pick.agent.id: "busy" for pick in picks if pick.agent.id not in claimed}
            served = {pick.work.id for pick in done}
            works = [work for work in works if work.id not in served]
            if works:
                roster.refresh(session, now=now)
        if not works:
            break
    return done, bool(works and passed_over)


def _pick(roster: Roster, works: Sequence[NewWork], passed_over: dict[UUID, str], now: datetime) -> list[_Pick]:
    """Choose an agent for each, as if those before had theirs already: the roster says so until told otherwise."""
    picks: list[_Pick] = []
    hopeless: set[str] = set()
    for work in works:
        if work.need.key in hopeless:
            continue
        ranking = roster.ranking(work.need, now)
        best = next(ranking.best(excluded=passed_over), None)
        if best is None:
            hopeless.add(work.need.key)
            continue
        picks.append(_Pick(work, best.agent, ranking.explain(excluded={})))
        roster.foresee_lease(best.agent.id, now=now)
    return picks


def _claim_picked(
    session: Session, roster: Roster, picks: Sequence[_Pick], *, now: datetime, is_turn_checked: bool
) -> dict[UUID, int]:
    """Claim the agents of ``picks`` and let the roster know what has become of it; return the new turns by id."""
    times = Counter(pick.agent.id for pick in picks)
    before: dict[UUID, Agent] = {}
    for pick in picks:
        before.setdefault(pick.agent.id, pick.agent)
    wanted = [(agent.id, agent.turn, times[agent.id]) for agent in before.values()]
    claimed = statements.claim_agents(session, wanted, now=now, is_turn_checked=is_turn_checked)
    for agent in before.values():
        roster.confirm_lease(agent, turn=claimed.get(agent.id))
    return claimed
