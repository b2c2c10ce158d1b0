"""``airflow ops queue list``: which work waits for an agent, in order, and why."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from airflow.cli.simple_table import AirflowConsole
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment import queries
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.schemas import WorkItemView
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.work import WorkState
from airflow_ops_plugin.cli.ops_session import command, now


@command
def list_queue(session: Session, args: Namespace) -> None:
    """Print a table of work items."""
    items, _ = queries.find_work(
        session, readable_dag_ids=None, state=WorkState(args.state), dag_id=args.dag_id, limit=args.limit
    )
    views = queries.work_views(session, Roster(), AssignmentSettings.read(), items=items, now=now())
    AirflowConsole().print_as(views, output=args.output, mapper=_line)


def _line(view: WorkItemView) -> dict[str, Any]:
    suffix = f"[{view.map_index}]" if view.map_index >= 0 else ""
    return {
        "place": view.position or "",
        "dag_id": view.dag_id,
        "run_id": view.run_id,
        "task": f"{view.task_id}{suffix}",
        "needs": " ".join([view.kind, *(f"{skill}>={level}" for skill, level in view.skills.items())]),
        "priority": view.priority,
        "age": f"{view.age_seconds:.0f} s",
        "agents": " ".join(one.agent.name for one in view.assignments),
        "reason": view.reason or "",
    }
