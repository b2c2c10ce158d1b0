"""Transactions that change who has what: committed when all went well, and the roster told when not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.utils.session import create_session
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.roster import Roster


@contextmanager
def transaction(roster: Roster) -> Iterator[Session]:
    """Give a session that commits at the end; after a failure the roster forgets what was rolled back."""
    try:
        with create_session(scoped=False) as session:
            yield session
    except BaseException:
        roster.distrust()
        raise
