"""Giving the seats of a work item to agents, by the strategy or by name, with the explanation of each choice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.errors import NoRoomError
from airflow_ops_plugin.assignment.exclusion import (
    DID_NOT_ANSWER,
    NODE,
    agents_of_nodes,
    excluded_agents,
    excluded_by_item,
)
from airflow_ops_plugin.assignment.explanation import Explanation
from airflow_ops_plugin.assignment.filters import hindrance
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.publication import publish
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.work import EndReason, Need, WorkState

BY_ITSELF = "assignment"
"""Who made an assignment that nobody asked for by hand."""


def fill_seats(
    session: Session,
    roster: Roster,
    *,
    item: WorkItemRow,
    now: datetime,
    actor: str = BY_ITSELF,
    besides: Mapping[UUID, str] | None = None,
    is_new: bool = False,
) -> bool:
    """Give each open seat of a locked work item to the best agent; return whether none is left open.

    :param besides: more agents that must not have it, with the reason in words.
    :param is_new: nobody has had it yet; it gets nothing while work that needs the same waits before it.
    """
    item.explanation = None
    with roster.lock:
        roster.refresh(session, now=now)
        needs_look = not is_new or bool(item.exclude)
        excluded = {**(excluded_agents(session, roster, item) if needs_look else {}), **(besides or {})}
        free_places = _free_places(session, item) if not is_new else list(range(item.seats))
        for place in free_places[: item.open_seats]:
            if not _fill_place(
                session, roster, item=item, place=place, now=now, actor=actor, excluded=excluded, is_new=is_new
            ):
                break
    settle_state(session, item, now)
    return item.open_seats == 0


def give_to_named(
    session: Session,
    roster: Roster,
    *,
    item: WorkItemRow,
    agent_name: str,
    besides: Mapping[UUID, str],
    actor: str,
    note: str,
    now: datetime,
) -> None:
    """Give one seat of a locked work item to a named agent.

    :raises NoRoomError: it cannot have it; the message says why.
    """
    with roster.lock:
        roster.refresh(session, now=now)
        agent = roster.named(agent_name)
        if agent is None:
            raise NoRoomError(f"there is no agent {agent_name!r}")
        if agent.kind != item.kind:
            raise NoRoomError(f"agent {agent_name!r} is a {agent.kind}, and this work needs a {item.kind}")
        excluded = {**excluded_agents(session, roster, item), **besides}
        if reason := excluded.get(agent.id) or hindrance(agent, need_of(item), now):
            raise NoRoomError(f"agent {agent_name!r} cannot have this work: {reason}")
        explanation = roster.ranking(need_of(item), now).explain(
            excluded=excluded, note=f"given to {agent_name} by {actor}"
        )
    # Outside the roster's lock: this waits for whoever holds the agent's row, and that may want the roster.
    if not statements.claim_named_agent(session, agent.id, now=now):
        raise NoRoomError(f"agent {agent_name!r} has no room left")
    place = _free_places(session, item)[0]
    _add_assignment(
        session, item=item, agent_id=agent.id, place=place, explanation=explanation, actor=actor, note=note, now=now
    )
    settle_state(session, item, now)


def settle_state(session: Session, item: WorkItemRow, now: datetime) -> None:
    """Bring the state of an open work item in line with its open seats, and tell Airflow who is asked."""
    is_full = item.open_seats == 0
    item.state = str(WorkState.LEASED if is_full else WorkState.QUEUED)
    item.leased_at = (item.leased_at or now) if is_full else None
    session.flush()
    if item.kind == AgentKind.PERSON:
        publish(session, item)


def active_assignments(session: Session, item_id: UUID) -> list[AssignmentRow]:
    """Return who has a seat of the work item now."""
    query = (
        sa.select(AssignmentRow)
        .where(AssignmentRow.work_item_id == item_id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.seat)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def need_of(item: WorkItemRow) -> Need:
    """Return what the work item needs of an agent."""
    return Need(
        kind=AgentKind(item.kind),
        dag_id=item.dag_id,
        skills=dict(item.skills),
        prefer_labels=frozenset(item.prefer_labels),
        only_agents=frozenset(item.only_agents),
        any_label=frozenset(item.any_label),
        strategy=item.strategy,
    )


def explain_waiting(
    session: Session, roster: Roster, *, items: Collection[WorkItemRow], now: datetime
) -> dict[UUID, Explanation]:
    """Return why each work item, by id, would not be given to anybody at this moment, or who would be next.

    The roster and what the items exclude are read once for all.
    """
    if not items:
        return {}
    with roster.lock:
        roster.refresh(session, now=now)
        excluded = excluded_by_item(session, roster, items)
        return {item.id: roster.ranking(need_of(item), now).explain(excluded=excluded[item.id]) for item in items}


def _fill_place(
    session: Session,
    roster: Roster,
    *,
    item: WorkItemRow,
    place: int,
    now: datetime,
    actor: str,
    excluded: dict[UUID, str],
    is_new: bool,
) -> bool:
    """Give one seat to the best agent, and exclude it from the next; return whether there was one.

    Where all who are left did not answer an earlier offer, they are asked again.
    """
    found = _claim_best(session, roster, item=item, now=now, excluded=excluded, is_new=is_new)
    silent = [agent_id for agent_id, why in excluded.items() if why == DID_NOT_ANSWER]
    if found is None and silent:
        for agent_id in silent:
            del excluded[agent_id]
        found = _claim_best(session, roster, item=item, now=now, excluded=excluded, is_new=is_new)
    if found is None:
        item.explanation = roster.ranking(need_of(item), now).explain(excluded=excluded).as_json()
        return False
    agent_id, explanation = found
    _add_assignment(
        session, item=item, agent_id=agent_id, place=place, explanation=explanation, actor=actor, note="", now=now
    )
    excluded[agent_id] = "have a seat already"
    return True


def _claim_best(
    session: Session, roster: Roster, *, item: WorkItemRow, now: datetime, excluded: dict[UUID, str], is_new: bool
) -> tuple[UUID, Explanation] | None:
    """Return the best agent, whose load has been raised, with the explanation; ``None`` where nobody is free."""
    need = need_of(item)
    preferred = roster.named(item.preferred_agent) if item.preferred_agent else None
    has_nodes = any(entry.startswith(NODE) for entry in item.exclude)
    for is_turn_checked in (True, False):
        if not is_turn_checked:
            # Nobody is left, or what was read is old: a change committed late, or an agent's row was locked.
            roster.refresh(session, now=now, is_full=True)
        passed_over: dict[UUID, str] = {}
        while not (is_new and statements.is_somebody_before(session, item)):
            ranking = roster.ranking(need, now)
            best = ranking.best(excluded=excluded | passed_over, preferred=preferred.id if preferred else None)
            agent = next((one.agent for one in best), None)
            if agent is None:
                break
            if not statements.claim_agents(
                session, [(agent.id, agent.turn, 1)], now=now, is_turn_checked=is_turn_checked
            ):
                passed_over[agent.id] = "busy"
                roster.refresh(session, now=now)
            elif has_nodes and (late := agents_of_nodes(session, roster, item)).keys() & {agent.id}:
                # Between looking and locking, this agent was given a node that it must not share with this one.
                statements.free_agent(session, agent.id, now=now)
                excluded.update(late)
            else:
                return agent.id, ranking.explain(excluded=excluded)
    return None


def _free_places(session: Session, item: WorkItemRow) -> list[int]:
    """Return the numbers of the seats that nobody has or has done."""
    taken = set(
        session.scalars(
            sa.select(AssignmentRow.seat).where(
                AssignmentRow.work_item_id == item.id,
                sa.or_(AssignmentRow.ended_at.is_(None), AssignmentRow.end_reason == str(EndReason.COMPLETED)),
            )
        )
    )
    return [seat for seat in range(item.seats) if seat not in taken]


def _add_assignment(
    session: Session,
    *,
    item: WorkItemRow,
    agent_id: UUID,
    place: int,
    explanation: Explanation,
    actor: str,
    note: str,
    now: datetime,
) -> None:
    values = assignment_values(
        item_id=item.id,
        agent_id=agent_id,
        place=place,
        offer_timeout_seconds=item.offer_timeout_seconds,
        explanation=explanation,
        actor=actor,
        note=note,
        now=now,
    )
    statements.insert_assignments(session, [values])
    item.open_seats -= 1


def assignment_values(
    *,
    item_id: UUID,
    agent_id: UUID,
    place: int,
    offer_timeout_seconds: float | None,
    explanation: Explanation,
    actor: str,
    note: str,
    now: datetime,
) -> dict[str, Any]:
    """Return a new assignment as ``statements.insert_assignments`` takes it."""
    return {
        "work_item_id": item_id,
        "agent_id": agent_id,
        "seat": place,
        "assigned_at": now,
        "assigned_by": actor,
        "expires_at": None if offer_timeout_seconds is None else now + timedelta(seconds=offer_timeout_seconds),
        "note": note,
        "explanation": explanation.as_json(),
    }
