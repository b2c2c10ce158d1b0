"""Who may not do some work: the requester, whoever did another node of the run, named agents, those who said no."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import Agent
from airflow_ops_plugin.assignment.models import AssignmentRow, WorkItemRow
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.work import EndReason

REQUESTER = "requester"
NODE = "node:"
AGENT = "agent:"

_SAID_NO = {str(EndReason.DECLINED): "declined", str(EndReason.UNANSWERED): "did not answer"}


def excluded_agents(session: Session, roster: Roster, item: WorkItemRow) -> dict[UUID, str]:
    """Return the agents that must not have ``item``, with the reason in words."""
    excluded: dict[UUID, str] = {}
    for agent in _named(roster, item):
        excluded[agent.id] = "named as excluded"
    if REQUESTER in item.exclude and item.requester:
        for agent in roster.agents():
            if item.requester in (agent.login, agent.address):
                excluded[agent.id] = "asked for it themselves"
    for node, agent_id in agents_of_nodes(session, item):
        excluded[agent_id] = f"have done {node}"
    excluded.update(_of_the_item_itself(session, item))
    return excluded


def agents_of_nodes(session: Session, item: WorkItemRow) -> list[tuple[str, UUID]]:
    """Return who has or had the nodes that ``item`` excludes, in the same run; a failed offer does not count."""
    nodes = [entry.removeprefix(NODE) for entry in item.exclude if entry.startswith(NODE)]
    if not nodes:
        return []
    query = (
        sa.select(WorkItemRow.task_id, AssignmentRow.agent_id)
        .join(AssignmentRow, AssignmentRow.work_item_id == WorkItemRow.id)
        .where(
            WorkItemRow.dag_id == item.dag_id,
            WorkItemRow.run_id == item.run_id,
            WorkItemRow.task_id.in_(nodes),
            sa.or_(AssignmentRow.ended_at.is_(None), AssignmentRow.end_reason == str(EndReason.COMPLETED)),
        )
    )
    return [(row.task_id, row.agent_id) for row in session.execute(query)]


def _named(roster: Roster, item: WorkItemRow) -> list[Agent]:
    names = [entry.removeprefix(AGENT) for entry in item.exclude if entry.startswith(AGENT)]
    return [agent for name in names if (agent := roster.named(name)) is not None]


def _of_the_item_itself(session: Session, item: WorkItemRow) -> dict[UUID, str]:
    """Return who has a seat already, has done it, or has said no."""
    query = sa.select(AssignmentRow.agent_id, AssignmentRow.end_reason).where(AssignmentRow.work_item_id == item.id)
    found: dict[UUID, str] = {}
    for agent_id, reason in session.execute(query):
        if reason is None or reason == str(EndReason.COMPLETED):
            found[agent_id] = "have a seat already"
        elif reason in _SAID_NO:
            found[agent_id] = _SAID_NO[reason]
    return found
