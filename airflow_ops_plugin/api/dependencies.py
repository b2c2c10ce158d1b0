"""What routes are given: a session that commits once, the clock, the roster, the settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.settings import AssignmentSettings


def current_time() -> datetime:
    """Return the time of this request."""
    return datetime.now(UTC)


def roster_of(request: Request) -> Roster:
    """Return the roster of this process."""
    roster: Roster = request.app.state.roster
    return roster


def open_session(roster: Annotated[Roster, Depends(roster_of)]) -> Iterator[Session]:
    """Give a route its session, and commit when the route has returned.

    After a failure the roster has seen what was rolled back, and is told so.
    """
    from airflow.utils.session import create_session

    try:
        with create_session(scoped=False) as session:
            yield session
    except BaseException:
        roster.distrust()
        raise


def read_settings() -> AssignmentSettings:
    """Return the deployment's settings."""
    return AssignmentSettings.read()


Db = Annotated[Session, Depends(open_session, scope="function")]
Now = Annotated[datetime, Depends(current_time)]
TheRoster = Annotated[Roster, Depends(roster_of)]
Settings = Annotated[AssignmentSettings, Depends(read_settings)]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0)]
