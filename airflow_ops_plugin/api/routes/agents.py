"""``/v1/agents``: the register of agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from airflow_ops_plugin.agents import service
from airflow_ops_plugin.agents.agent import AgentKind, AgentStatus
from airflow_ops_plugin.agents.schemas import (
    AgentBody,
    AgentEventPage,
    AgentEventView,
    AgentPage,
    AgentView,
    ExportView,
    ImportBody,
    ImportResult,
    StatusBody,
)
from airflow_ops_plugin.api.access import Administrator, Operator, Reader
from airflow_ops_plugin.api.agent_view import agent_view
from airflow_ops_plugin.api.audit import logged
from airflow_ops_plugin.api.dependencies import Db, Limit, Now, Offset, TheRoster
from airflow_ops_plugin.assignment.ending import end_lost_agent
from airflow_ops_plugin.assignment.queue import HAND_OVER_LIMIT, assign_queued

router = APIRouter(prefix="/v1/agents", tags=["Agents"])


@router.get("")
def list_agents(
    session: Db,
    now: Now,
    user: Reader,
    q: Annotated[str | None, Query(description="Part of the name, address or description.")] = None,
    kind: AgentKind | None = None,
    status: AgentStatus | None = None,
    skill: str | None = None,
    label: str | None = None,
    order_by: service.AgentOrder = "name",
    limit: Limit = 50,
    offset: Offset = 0,
) -> AgentPage:
    """List agents."""
    rows, total = service.find_agents(
        session,
        text=q,
        kind=kind,
        status=status,
        skill=skill,
        label=label,
        order_by=order_by,
        limit=limit,
        offset=offset,
    )
    return AgentPage(items=[agent_view(row, now) for row in rows], total=total)


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=logged("ops_agent_create"))
def create_agent(session: Db, roster: TheRoster, now: Now, user: Administrator, body: AgentBody) -> AgentView:
    """Register an agent."""
    row = service.create_agent(session, body=body, actor=user.get_name(), now=now)
    assign_queued(session, roster, now=now, limit=HAND_OVER_LIMIT)
    session.refresh(row)
    return agent_view(row, now)


@router.get("/export")
def export_agents(session: Db, user: Reader) -> ExportView:
    """Return all agents in the form that import takes."""
    return ExportView(agents=service.export_agents(session))


@router.post("/import", dependencies=logged("ops_agent_import"))
def import_agents(session: Db, now: Now, user: Administrator, body: ImportBody) -> ImportResult:
    """Register or change agents by name, all or none."""
    return service.import_agents(
        session, bodies=body.agents, is_replacing=body.mode == "replace", actor=user.get_name(), now=now
    )


@router.get("/{name}")
def get_agent(session: Db, now: Now, user: Reader, name: str) -> AgentView:
    """Return an agent."""
    return agent_view(service.get_agent(session, name=name), now)


@router.put("/{name}", dependencies=logged("ops_agent_change"))
def change_agent(
    session: Db, roster: TheRoster, now: Now, user: Administrator, name: str, body: AgentBody
) -> AgentView:
    """Replace the description of an agent."""
    row = service.change_agent(session, name=name, body=body, actor=user.get_name(), now=now)
    assign_queued(session, roster, now=now, limit=HAND_OVER_LIMIT)
    session.refresh(row)
    return agent_view(row, now)


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT, dependencies=logged("ops_agent_remove"))
def remove_agent(session: Db, now: Now, user: Administrator, name: str) -> None:
    """Remove an agent that holds nothing; its history stays."""
    service.remove_agent(session, name=name, actor=user.get_name(), now=now)


@router.post("/{name}/status", dependencies=logged("ops_agent_status"))
def set_agent_status(
    session: Db, roster: TheRoster, now: Now, user: Operator, name: str, body: StatusBody
) -> AgentView:
    """Make an agent available, drain it, put it into maintenance, or take it offline.

    Draining and maintenance leave it what it has; offline returns that to the queue.
    """
    actor = user.get_name()
    row = service.get_agent(session, name=name)
    service.set_status(session, row=row, status=body.status, reason=body.reason, actor=actor, now=now)
    if body.status == AgentStatus.OFFLINE:
        end_lost_agent(session, roster, agent_id=row.id, actor=actor, now=now)
    if body.status == AgentStatus.AVAILABLE:
        assign_queued(session, roster, now=now, limit=HAND_OVER_LIMIT)
    session.refresh(row)
    return agent_view(row, now)


@router.post("/{name}/heartbeat")
def record_agent_heartbeat(session: Db, now: Now, user: Operator, name: str) -> AgentView:
    """Note that an agent was heard of, for executors that report themselves."""
    row = service.get_agent(session, name=name)
    return agent_view(service.record_heartbeat(session, row=row, actor=user.get_name(), now=now), now)


@router.get("/{name}/events")
def list_agent_events(session: Db, user: Reader, name: str, limit: Limit = 50, offset: Offset = 0) -> AgentEventPage:
    """List what happened to an agent, the latest first."""
    rows, total = service.find_events(session, row=service.get_agent(session, name=name), limit=limit, offset=offset)
    return AgentEventPage(items=[AgentEventView.model_validate(row) for row in rows], total=total)
