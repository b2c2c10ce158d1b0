"""``airflow ops agents ...``: from arguments to the services, and from agents to the screen."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml
from airflow.cli.simple_table import AirflowConsole
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents import service
from airflow_ops_plugin.agents.agent import AgentKind, AgentStatus
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.row_value import body_of
from airflow_ops_plugin.cli.agent_description import (
    DescriptionError,
    body_from_arguments,
    read_agents,
    write_agents,
)
from airflow_ops_plugin.cli.ops_session import actor, command, hand_over, now

PAGE = 500


@command
def list_agents(session: Session, args: Namespace) -> None:
    """Print a table of the agents that match."""
    rows: list[AgentRow] = []
    while True:
        page, total = service.find_agents(
            session,
            kind=AgentKind(args.kind) if args.kind else None,
            status=AgentStatus(args.status) if args.status else None,
            skill=args.skill,
            label=args.label,
            limit=PAGE,
            offset=len(rows),
        )
        rows += page
        if len(rows) >= total or not page:
            break
    AirflowConsole().print_as(rows, output=args.output, mapper=_line)


@command
def show_agent(session: Session, args: Namespace) -> None:
    """Print an agent: its description, what it does, what happened to it."""
    row = service.get_agent(session, name=args.name)
    events, _ = service.find_events(session, row=row, limit=10)
    told = body_of(row).model_dump(mode="json") | {
        "status": row.status,
        "status_reason": row.status_reason,
        "load": row.load,
        "events": [f"{one.at:%Y-%m-%d %H:%M:%S} {one.message} ({one.actor})" for one in events],
    }
    if args.output == "json":
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), end="")


@command
def add_agent(session: Session, args: Namespace) -> None:
    """Register an agent."""
    service.create_agent(session, body=body_from_arguments(args), actor=actor(), now=now())
    hand_over(session)
    print(f"registered {args.name}")


@command
def set_agent(session: Session, args: Namespace) -> None:
    """Change the description of an agent."""
    known = body_of(service.get_agent(session, name=args.name))
    service.change_agent(session, name=args.name, body=body_from_arguments(args, known), actor=actor(), now=now())
    hand_over(session)
    print(f"changed {args.name}")


@command
def drain_agent(session: Session, args: Namespace) -> None:
    """Let an agent finish what it has."""
    row = _set_status(session, args.name, AgentStatus.DRAINING, args.reason)
    print(f"{args.name} is draining; it still has {row.load}")


@command
def maintain_agent(session: Session, args: Namespace) -> None:
    """Put an agent into maintenance."""
    row = _set_status(session, args.name, AgentStatus.MAINTENANCE, args.reason)
    print(f"{args.name} is in maintenance; it still has {row.load}")


@command
def activate_agent(session: Session, args: Namespace) -> None:
    """Make an agent available."""
    _set_status(session, args.name, AgentStatus.AVAILABLE, "")
    hand_over(session)
    print(f"{args.name} is available")


@command
def remove_agent(session: Session, args: Namespace) -> None:
    """Remove an agent."""
    service.remove_agent(session, name=args.name, actor=actor(), now=now())
    print(f"removed {args.name}")


@command
def import_agents(session: Session, args: Namespace) -> None:
    """Register or change the agents of a file."""
    result = service.import_agents(
        session, bodies=read_agents(_read(args.file)), is_replacing=args.replace, actor=actor(), now=now()
    )
    hand_over(session)
    counts = result.model_dump()
    print(", ".join(f"{len(names)} {what}" for what, names in counts.items()))


@command
def export_agents(session: Session, args: Namespace) -> None:
    """Print all agents as YAML."""
    text = write_agents(service.export_agents(session))
    if args.file is None:
        print(text, end="")
    else:
        args.file.write_text(text, encoding="utf-8")


def _set_status(session: Session, name: str, status: AgentStatus, reason: str) -> AgentRow:
    row = service.get_agent(session, name=name)
    return service.set_status(session, row=row, status=status, reason=reason, actor=actor(), now=now())


def _line(row: AgentRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "status": row.status,
        "load": f"{row.load}/{row.capacity}",
        "skills": " ".join(f"{one.skill}={one.level}" for one in row.skills),
        "labels": " ".join(row.labels),
        "address": row.address,
        "reason": row.status_reason,
    }


def _read(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptionError(f"{file} cannot be read: {error}") from error
