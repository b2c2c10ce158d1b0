"""Requesting, leasing, returning and moving work. Services never commit; the edge does, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent, AgentKind
from airflow_ops_plugin.assignment import statements
from airflow_ops_plugin.assignment.errors import (
    AmbiguousAssignmentError,
    NoRoomError,
    UnknownAssignmentError,
    UnknownStrategyError,
    UnknownWorkItemError,
    WorkClosedError,
)
from airflow_ops_plugin.assignment.exclusion import excluded_agents
from airflow_ops_plugin.assignment.explanation import Explanation
from airflow_ops_plugin.assignment.filters import hindrance
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.quorum import Decision, decide
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.strategies import STRATEGIES
from airflow_ops_plugin.assignment.work import EndReason, Need, WorkKey, WorkState, queue_at

BY_ITSELF = "assignment"
"""Who made an assignment that nobody asked for by hand."""

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The attempt of a task instance that asks.

    :param requester: user name of who started the run, where a person did.
    """

    key: WorkKey
    ti_id: UUID
    try_number: int
    requester: str | None


def request_work(
    session: Session,
    roster: Roster,
    settings: AssignmentSettings,
    *,
    attempt: Attempt,
    request: WorkRequest,
    now: datetime,
) -> WorkItemRow:
    """Return the work item of ``attempt``, leased where somebody is free and nobody has waited longer, else queued.

    Asking again for the same attempt gives the same work item. A new attempt ends what an earlier one held.

    :raises UnknownStrategyError: the strategy does not exist.
    """
    strategy = request.strategy or settings.default_strategy
    if strategy not in STRATEGIES:
        raise UnknownStrategyError(f"there is no strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    values = _values(attempt, request, strategy, settings, now)
    while not statements.insert_work_item(session, values):
        row = find_open(session, attempt.key)
        if row is None:
            continue
        if row.ti_id == attempt.ti_id:
            return row
        close_work(session, roster, item_id=row.id, reason=EndReason.TASK_ENDED, actor=BY_ITSELF, now=now)
    item = session.get_one(WorkItemRow, values["id"], populate_existing=True)
    if not _is_somebody_before(session, item):
        fill_seats(session, roster, item=item, now=now)
    else:
        item.explanation = explain_waiting(session, roster, item=item, now=now).as_json()
        session.flush()
    return item


def find_open(session: Session, key: WorkKey) -> WorkItemRow | None:
    """Return the open work item of a task instance, ``None`` where it has none."""
    return session.scalar(
        sa.select(WorkItemRow)
        .where(
            WorkItemRow.dag_id == key.dag_id,
            WorkItemRow.run_id == key.run_id,
            WorkItemRow.task_id == key.task_id,
            WorkItemRow.map_index == key.map_index,
            WorkItemRow.state != str(WorkState.CLOSED),
        )
        .execution_options(populate_existing=True)
    )


def get_item(session: Session, item_id: UUID) -> WorkItemRow:
    """Return a work item.

    :raises UnknownWorkItemError: there is none.
    """
    item = session.get(WorkItemRow, item_id)
    if item is None:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    return item


def fill_seats(
    session: Session,
    roster: Roster,
    *,
    item: WorkItemRow,
    now: datetime,
    actor: str = BY_ITSELF,
    besides: Mapping[UUID, str] | None = None,
) -> bool:
    """Give each open seat of a locked work item to the best agent; return whether none is left open.

    :param besides: more agents that must not have it, with the reason in words.
    """
    item.explanation = None
    with roster.lock:
        roster.refresh(session, now=now)
        while item.open_seats:
            excluded = {**excluded_agents(session, roster, item), **(besides or {})}
            if not _fill_one(session, roster, item=item, now=now, actor=actor, excluded=excluded):
                break
    is_full = item.open_seats == 0
    item.state = str(WorkState.LEASED if is_full else WorkState.QUEUED)
    item.leased_at = now if is_full else None
    session.flush()
    return is_full


def assign_queued(session: Session, roster: Roster, *, now: datetime, limit: int) -> int:
    """Give work to whom is free, in the order of the queue; return how many work items got all they want.

    :param limit: how many to look at.
    """
    blocked_needs: set[str] = set()
    blocked_items: set[UUID] = set()
    assigned = 0
    for _ in range(limit):
        item = statements.claim_next_queued(session, besides_needs=blocked_needs, besides_items=blocked_items)
        if item is None:
            break
        if fill_seats(session, roster, item=item, now=now):
            assigned += 1
        elif item.exclude or item.seats > 1 or _has_history(session, item):
            blocked_items.add(item.id)
        else:
            blocked_needs.add(item.need_key)
    return assigned


def finish_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    is_completed: bool,
    outcome: str | None,
    actor: str,
    now: datetime,
) -> WorkItemRow:
    """The task is done with its agents: end their assignments and close the work item. Safe to repeat.

    :raises UnknownWorkItemError: there is none.
    """
    reason = EndReason.COMPLETED if is_completed else EndReason.TASK_ENDED
    return close_work(session, roster, item_id=item_id, reason=reason, actor=actor, now=now, outcome=outcome)


def close_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    reason: EndReason,
    actor: str,
    now: datetime,
    outcome: str | None = None,
) -> WorkItemRow:
    """Close a work item, and hand what its agents have free to the queue. Safe to repeat.

    :raises UnknownWorkItemError: there is none.
    """
    item = _locked(session, item_id)
    if item.state == WorkState.CLOSED:
        return item
    item.state = str(WorkState.CLOSED)
    item.closed_at = now
    item.close_reason = str(reason)
    item.open_seats = 0
    session.flush()
    freed = 0
    for assignment in active_assignments(session, item_id):
        freed += _end(session, assignment.id, reason=reason, actor=actor, note="", outcome=outcome, now=now)
    _hand_over(session, roster, freed=freed, now=now)
    return item


def release_work(
    session: Session, roster: Roster, *, item_id: UUID, assignment_id: int | None, actor: str, note: str, now: datetime
) -> WorkItemRow:
    """Take work from its agents, all or one, and put it back into the queue in its old place.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises UnknownAssignmentError: nobody has it, or not this one.
    """
    item = _open(session, item_id)
    chosen = _chosen(session, item_id, assignment_id)
    return _return_seats(session, roster, item, chosen, reason=EndReason.RELEASED, actor=actor, note=note, now=now)


def decline_work(
    session: Session, roster: Roster, *, item_id: UUID, assignment_id: int, actor: str, note: str, now: datetime
) -> WorkItemRow:
    """The agent says no: the seat goes to the next, and not to this agent again.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises UnknownAssignmentError: the assignment is not active.
    """
    item = _open(session, item_id)
    chosen = _chosen(session, item_id, assignment_id)
    return _return_seats(session, roster, item, chosen, reason=EndReason.DECLINED, actor=actor, note=note, now=now)


def reassign_work(
    session: Session,
    roster: Roster,
    *,
    item_id: UUID,
    assignment_id: int | None,
    agent_name: str | None,
    actor: str,
    note: str,
    now: datetime,
) -> WorkItemRow:
    """Give a seat to another agent, named or chosen by the strategy. Work that waits can be given to a named one.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    :raises AmbiguousAssignmentError: several agents have a seat, and it is not said which is meant.
    :raises NoRoomError: the named agent cannot have it, or the strategy finds nobody else.
    """
    item = _open(session, item_id)
    active = _chosen(session, item_id, assignment_id, is_empty_allowed=True)
    if len(active) > 1:
        names = ", ".join(str(one.id) for one in active)
        raise AmbiguousAssignmentError(f"several agents have a seat of this work; name one of the assignments {names}")
    current = active[0] if active else None
    freed = 0
    if current is not None:
        freed = _end(session, current.id, reason=EndReason.REASSIGNED, actor=actor, note=note, outcome=None, now=now)
        item.open_seats += 1
        session.flush()
    besides = {current.agent_id: "have it now"} if current is not None else {}
    with roster.lock:
        roster.refresh(session, now=now)
        if agent_name is not None:
            _give_to(
                session, roster, item=item, agent_name=agent_name, besides=besides, actor=actor, note=note, now=now
            )
        elif not _fill_one(
            session,
            roster,
            item=item,
            now=now,
            actor=actor,
            excluded={**excluded_agents(session, roster, item), **besides},
        ):
            raise NoRoomError(
                f"nobody else can take it now ({explain_waiting(session, roster, item=item, now=now).summary})"
            )
    item.state = str(WorkState.LEASED if item.open_seats == 0 else WorkState.QUEUED)
    item.leased_at = now if item.open_seats == 0 else None
    session.flush()
    _hand_over(session, roster, freed=freed, now=now)
    return item


def set_priority(session: Session, settings: AssignmentSettings, *, item_id: UUID, priority: int) -> WorkItemRow:
    """Give a work item another priority; the time it has waited counts on.

    :raises UnknownWorkItemError: there is none.
    :raises WorkClosedError: it is closed.
    """
    item = _open(session, item_id)
    item.priority = priority
    item.queue_at = queue_at(item.requested_at, priority, settings.ageing)
    session.flush()
    return item


def answer_work(
    session: Session, roster: Roster, *, item_id: UUID, user_id: str, outcome: str, now: datetime
) -> WorkItemRow:
    """A person has answered: their seat is done. Once the quorum is decided the work item is closed. Safe to repeat.

    An answer by somebody who has no seat is recorded on the item's only active assignment where there is one: who may
    answer is Airflow's decision, and it has been made.

    :raises UnknownWorkItemError: there is none.
    """
    item = _locked(session, item_id)
    if item.state == WorkState.CLOSED:
        return item
    active = active_assignments(session, item_id)
    own = [one for one in active if user_id in (one.agent.address, one.agent.login)] or (
        active[:1] if item.seats == 1 else []
    )
    freed = sum(
        _end(session, one.id, reason=EndReason.COMPLETED, actor=user_id, note="", outcome=outcome, now=now)
        for one in own
    )
    if decision_of(item, answers_of(session, item_id)).is_final:
        return close_work(session, roster, item_id=item_id, reason=EndReason.NOT_NEEDED, actor=user_id, now=now)
    _hand_over(session, roster, freed=freed, now=now)
    return item


def end_lost_agent(session: Session, roster: Roster, *, agent_id: UUID, actor: str, now: datetime) -> int:
    """Return everything that an agent holds to the queue, because it is gone; return how many assignments."""
    ids = session.scalars(
        sa.select(AssignmentRow.work_item_id)
        .where(AssignmentRow.agent_id == agent_id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.work_item_id)
    ).all()
    returned = 0
    for item_id in ids:
        item = _locked(session, item_id)
        lost = [one for one in active_assignments(session, item_id) if one.agent_id == agent_id]
        _return_seats(
            session, roster, item, lost, reason=EndReason.AGENT_LOST, actor=actor, note="the agent is gone", now=now
        )
        returned += len(lost)
    return returned


def expire_offers(session: Session, roster: Roster, *, now: datetime, limit: int) -> int:
    """Pass offers that nobody answered in time on to the next; return how many."""
    due = session.execute(
        sa.select(AssignmentRow.work_item_id, AssignmentRow.id)
        .where(AssignmentRow.ended_at.is_(None), AssignmentRow.expires_at <= now)
        .order_by(AssignmentRow.work_item_id)
        .limit(limit)
    ).all()
    expired = 0
    for item_id, assignment_id in due:
        item = _locked(session, item_id)
        late = [one for one in active_assignments(session, item_id) if one.id == assignment_id]
        if late:
            _return_seats(session, roster, item, late, reason=EndReason.UNANSWERED, actor=BY_ITSELF, note="", now=now)
            expired += 1
    return expired


def active_assignments(session: Session, item_id: UUID) -> list[AssignmentRow]:
    """Return who has a seat of the work item now."""
    query = (
        sa.select(AssignmentRow)
        .where(AssignmentRow.work_item_id == item_id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.seat)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def answers_of(session: Session, item_id: UUID) -> dict[str, str]:
    """Return what has been answered, by user id."""
    query = sa.select(AssignmentRow).where(
        AssignmentRow.work_item_id == item_id, AssignmentRow.end_reason == str(EndReason.COMPLETED)
    )
    return {one.ended_by or one.agent.address: one.outcome or "" for one in session.scalars(query)}


def decision_of(item: WorkItemRow, answers: Mapping[str, str]) -> Decision:
    """Return what the answers to ``item`` decide."""
    return decide(answers.values(), quorum=item.quorum, seats=item.seats, refusals=item.refusals)


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


def explain_waiting(session: Session, roster: Roster, *, item: WorkItemRow, now: datetime) -> Explanation:
    """Return why the work item would not be given to anybody at this moment, or who would be next."""
    with roster.lock:
        roster.refresh(session, now=now)
        ranking = roster.ranking(need_of(item), now)
        return ranking.explain(excluded=excluded_agents(session, roster, item))


def _values(
    attempt: Attempt, request: WorkRequest, strategy: str, settings: AssignmentSettings, now: datetime
) -> dict[str, object]:
    need = Need(
        kind=request.kind,
        dag_id=attempt.key.dag_id,
        skills=request.skills,
        prefer_labels=frozenset(request.prefer_labels),
        only_agents=frozenset(request.only_agents),
        any_label=frozenset(request.any_label),
        strategy=strategy,
    )
    return {
        "id": uuid4(),
        "dag_id": attempt.key.dag_id,
        "run_id": attempt.key.run_id,
        "task_id": attempt.key.task_id,
        "map_index": attempt.key.map_index,
        "ti_id": attempt.ti_id,
        "try_number": attempt.try_number,
        "subject": request.subject,
        "kind": str(request.kind),
        "skills": dict(request.skills),
        "prefer_labels": sorted(set(request.prefer_labels)),
        "only_agents": sorted(set(request.only_agents)),
        "any_label": sorted(set(request.any_label)),
        "refusals": request.refusals,
        "strategy": strategy,
        "need_key": need.key,
        "exclude": list(dict.fromkeys(request.exclude)),
        "requester": attempt.requester,
        "preferred_agent": request.preferred_agent,
        "priority": request.priority,
        "seats": request.seats,
        "quorum": request.quorum,
        "open_seats": request.seats,
        "offer_timeout_seconds": request.offer_timeout_seconds,
        "state": str(WorkState.QUEUED),
        "requested_at": now,
        "queue_at": queue_at(now, request.priority, settings.ageing),
        "revision": 0,
    }


def _is_somebody_before(session: Session, item: WorkItemRow) -> bool:
    """Return whether work with the same need waits that comes first."""
    query = sa.select(
        sa.exists().where(
            WorkItemRow.state == str(WorkState.QUEUED),
            WorkItemRow.need_key == item.need_key,
            WorkItemRow.queue_at <= item.queue_at,
            WorkItemRow.id != item.id,
        )
    )
    return bool(session.scalar(query))


def _fill_one(
    session: Session, roster: Roster, *, item: WorkItemRow, now: datetime, actor: str, excluded: Mapping[UUID, str]
) -> bool:
    """Give one seat to the best agent; return whether there was one."""
    ranking = roster.ranking(need_of(item), now)
    preferred = roster.named(item.preferred_agent) if item.preferred_agent else None
    for attempt in range(_ATTEMPTS):
        if attempt:
            # What was read is old: somebody else took the best ones, or a change committed late.
            roster.refresh(session, now=now, is_full=attempt > 1)
        best = ranking.best(excluded=excluded, preferred=preferred.id if preferred else None)
        candidates = [(one.agent.id, one.agent.turn) for one in islice(best, statements.CANDIDATES)]
        agent_id = statements.claim_agent(session, candidates, now=now, is_turn_checked=attempt < _ATTEMPTS - 1)
        if agent_id is not None:
            explanation = ranking.explain(excluded=excluded)
            _seat(session, item=item, agent_id=agent_id, explanation=explanation, actor=actor, note="", now=now)
            return True
    item.explanation = ranking.explain(excluded=excluded).as_json()
    return False


def _give_to(
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
    """Give one seat to a named agent.

    :raises NoRoomError: it cannot have it; the message says why.
    """
    agent = roster.named(agent_name)
    if agent is None:
        raise NoRoomError(f"there is no agent {agent_name!r}")
    if reason := _reason_against(session, roster, item, agent, besides, now):
        raise NoRoomError(f"agent {agent_name!r} cannot have this work: {reason}")
    if item.open_seats == 0:
        raise NoRoomError("every seat of this work is done")
    if not statements.claim_named_agent(session, agent.id, now=now):
        raise NoRoomError(f"agent {agent_name!r} has no room left")
    explanation = replace(
        roster.ranking(need_of(item), now).explain(excluded=excluded_agents(session, roster, item)),
        note=f"given to {agent_name} by {actor}",
    )
    _seat(session, item=item, agent_id=agent.id, explanation=explanation, actor=actor, note=note, now=now)


def _reason_against(
    session: Session, roster: Roster, item: WorkItemRow, agent: Agent, besides: Mapping[UUID, str], now: datetime
) -> str | None:
    if agent.kind != item.kind:
        return f"it is a {agent.kind}, and a {item.kind} is needed"
    excluded = {**excluded_agents(session, roster, item), **besides}
    return excluded.get(agent.id) or hindrance(agent, need_of(item), now)


def _seat(
    session: Session,
    *,
    item: WorkItemRow,
    agent_id: UUID,
    explanation: Explanation,
    actor: str,
    note: str,
    now: datetime,
) -> None:
    taken = set(
        session.scalars(
            sa.select(AssignmentRow.seat).where(
                AssignmentRow.work_item_id == item.id,
                sa.or_(AssignmentRow.ended_at.is_(None), AssignmentRow.end_reason == str(EndReason.COMPLETED)),
            )
        )
    )
    offer = item.offer_timeout_seconds
    session.add(
        AssignmentRow(
            work_item_id=item.id,
            agent_id=agent_id,
            seat=next(seat for seat in range(item.seats) if seat not in taken),
            assigned_at=now,
            assigned_by=actor,
            expires_at=None if offer is None else now + timedelta(seconds=offer),
            note=note,
            explanation=explanation.as_json(),
        )
    )
    item.open_seats -= 1
    session.flush()


def _return_seats(
    session: Session,
    roster: Roster,
    item: WorkItemRow,
    assignments: list[AssignmentRow],
    *,
    reason: EndReason,
    actor: str,
    note: str,
    now: datetime,
) -> WorkItemRow:
    """End assignments of a locked, open work item; its seats are open again and in their old place of the queue."""
    freed = 0
    for assignment in assignments:
        freed += _end(session, assignment.id, reason=reason, actor=actor, note=note, outcome=None, now=now)
    item.open_seats += freed
    if freed:
        item.state = str(WorkState.QUEUED)
        item.leased_at = None
    session.flush()
    if reason in (EndReason.DECLINED, EndReason.UNANSWERED, EndReason.AGENT_LOST):
        fill_seats(session, roster, item=item, now=now)
    _hand_over(session, roster, freed=freed, now=now)
    return item


def _end(
    session: Session,
    assignment_id: int,
    *,
    reason: EndReason,
    actor: str,
    note: str,
    outcome: str | None,
    now: datetime,
) -> int:
    """End one assignment and lower its agent's load; return 1, or 0 where it had ended already."""
    agent_id = statements.end_assignment(
        session, assignment_id, reason=reason, actor=actor, note=note, outcome=outcome, now=now
    )
    if agent_id is None:
        return 0
    statements.free_agent(session, agent_id, now=now)
    return 1


def _hand_over(session: Session, roster: Roster, *, freed: int, now: datetime) -> None:
    """Give what has become free to the queue, in the same transaction: nobody who asks now can overtake it."""
    if freed:
        assign_queued(session, roster, now=now, limit=freed + 4)


def _has_history(session: Session, item: WorkItemRow) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(AssignmentRow.work_item_id == item.id))))


def _locked(session: Session, item_id: UUID) -> WorkItemRow:
    item = statements.lock_work_item(session, item_id)
    if item is None:
        raise UnknownWorkItemError(f"there is no work item {item_id}")
    return item


def _open(session: Session, item_id: UUID) -> WorkItemRow:
    item = _locked(session, item_id)
    if item.state == WorkState.CLOSED:
        raise WorkClosedError(f"the work of {item.task_id} is closed ({item.close_reason}); nothing can be changed")
    return item


def _chosen(
    session: Session, item_id: UUID, assignment_id: int | None, *, is_empty_allowed: bool = False
) -> list[AssignmentRow]:
    active = active_assignments(session, item_id)
    if assignment_id is not None:
        active = [one for one in active if one.id == assignment_id]
    if not active and not (is_empty_allowed and assignment_id is None):
        raise UnknownAssignmentError(
            "nobody has this work now" if assignment_id is None else f"assignment {assignment_id} is not active"
        )
    return active
