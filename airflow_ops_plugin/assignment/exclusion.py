"""Who may not do some work: the requester, whoever did another node of the run, named agents, those who said no."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent, AgentKind
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.required_action import answerers
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.work import EndReason

REQUESTER = "requester"
NODE = "node:"
AGENT = "agent:"
DID_NOT_ANSWER = "did not answer"


def excluded_agents(session: Session, roster: Roster, item: WorkItemRow) -> dict[UUID, str]:
    """Return the agents that must not have ``item``, with the reason in words."""
    return excluded_by_item(session, roster, [item])[item.id]


def excluded_by_item(session: Session, roster: Roster, items: Collection[WorkItemRow]) -> dict[UUID, dict[UUID, str]]:
    """Return for each of ``items``, by its id, the agents that must not have it, with the reason in words."""
    excluded = {item.id: _by_its_words(session, roster, item) for item in items}
    history = sa.select(AssignmentRow.work_item_id, AssignmentRow.agent_id, AssignmentRow.end_reason)
    for item_id, agent_id, reason in session.execute(history.where(AssignmentRow.work_item_id.in_(excluded.keys()))):
        found = excluded[item_id]
        if reason is None or reason == str(EndReason.COMPLETED):
            found[agent_id] = "have a seat already"
        elif reason == str(EndReason.DECLINED):
            found[agent_id] = "declined"  # also where the agent did not answer an earlier offer
        elif reason == str(EndReason.UNANSWERED):
            found.setdefault(agent_id, DID_NOT_ANSWER)
    return excluded


def agents_of_nodes(session: Session, roster: Roster, item: WorkItemRow) -> dict[UUID, str]:
    """Return who has or had the nodes that ``item`` excludes, in the same run; a failed offer does not count.

    Whoever answered such a node without having been assigned counts too.
    """
    nodes = [entry.removeprefix(NODE) for entry in item.exclude if entry.startswith(NODE)]
    if not nodes:
        return {}
    query = (
        sa.select(AssignmentRow.agent_id, WorkItemRow.task_id)
        .join(AssignmentRow, AssignmentRow.work_item_id == WorkItemRow.id)
        .where(
            WorkItemRow.dag_id == item.dag_id,
            WorkItemRow.run_id == item.run_id,
            WorkItemRow.task_id.in_(nodes),
            sa.or_(AssignmentRow.ended_at.is_(None), AssignmentRow.end_reason == str(EndReason.COMPLETED)),
        )
    )
    found = {agent_id: f"have done {node}" for agent_id, node in session.execute(query)}
    if item.kind == AgentKind.PERSON:
        for node, *names in answerers(session, dag_id=item.dag_id, run_id=item.run_id, task_ids=nodes):
            found.update((agent.id, f"have done {node}") for agent in _known_as(roster, names))
    return found


def _by_its_words(session: Session, roster: Roster, item: WorkItemRow) -> dict[UUID, str]:
    """Return whom the work item itself names or describes."""
    if not item.exclude:
        return {}
    excluded = _by_name(roster, item.exclude)
    if REQUESTER in item.exclude and item.requester:
        excluded.update((agent.id, "asked for it themselves") for agent in _known_as(roster, [item.requester]))
    excluded.update(agents_of_nodes(session, roster, item))
    return excluded


def _by_name(roster: Roster, entries: Iterable[str]) -> dict[UUID, str]:
    names = [entry.removeprefix(AGENT) for entry in entries if entry.startswith(AGENT)]
    return {agent.id: "named as excluded" for name in names if (agent := roster.named(name)) is not None}


def _known_as(roster: Roster, names: Iterable[str]) -> list[Agent]:
    """Return the people whose user id or user name is one of ``names``."""
    wanted = set(names)
    return [
        agent
        for agent in roster.agents()
        if agent.kind == AgentKind.PERSON and (agent.login in wanted or agent.address in wanted)
    ]
