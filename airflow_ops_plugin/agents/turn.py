"""The number that every change of an agent takes, by which readers ask for what is new."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.models import TURN_SEQUENCE, AgentRow


def next_turn(session: Session) -> sa.ColumnElement[Any]:
    """Return the SQL expression of the next turn on the session's database."""
    return turn_of(session.get_bind().dialect.name)


def turn_of(dialect: str) -> sa.ColumnElement[Any]:
    """Return the SQL expression of the next turn.

    PostgreSQL draws it from a sequence, so a change that commits late may have a smaller number than one that has been
    read. SQLite has one writer at a time and needs no sequence.
    """
    if dialect == "postgresql":
        return TURN_SEQUENCE.next_value()
    others = AgentRow.__table__.alias("others")
    return sa.select(sa.func.coalesce(sa.func.max(others.c.turn), 0) + 1).scalar_subquery()
