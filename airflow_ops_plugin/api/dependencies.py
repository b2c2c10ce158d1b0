"""What routes are given: a session that commits once, the clock, the roster, the settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.desk import Desk
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.settings import AssignmentSettings
from airflow_ops_plugin.assignment.transaction import transaction


def current_time() -> datetime:
    """Return the time of this request."""
    return datetime.now(UTC)


def roster_of(request: Request) -> Roster:
    """Return the roster of this process."""
    roster: Roster = request.app.state.roster
    return roster


def desk_of(request: Request) -> Desk:
    """Return the desk of this process."""
    desk: Desk = request.app.state.desk
    return desk


def open_session(roster: Annotated[Roster, Depends(roster_of)]) -> Iterator[Session]:
    """Give a route its session, and commit when the route has returned."""
    with transaction(roster) as session:
        yield session


def read_settings() -> AssignmentSettings:
    """Return the deployment's settings."""
    return AssignmentSettings.read()


Db = Annotated[Session, Depends(open_session, scope="function")]
Now = Annotated[datetime, Depends(current_time)]
TheDesk = Annotated[Desk, Depends(desk_of)]
TheRoster = Annotated[Roster, Depends(roster_of)]
Settings = Annotated[AssignmentSettings, Depends(read_settings)]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0)]
