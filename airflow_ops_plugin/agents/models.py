"""The tables of agents: the agents, their skills, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airflow_ops_plugin.agents.agent import MAX_LEVEL, AgentKind, AgentStatus
from airflow_ops_plugin.db.base import OpsBase, metadata

TURN_SEQUENCE = sa.Sequence("ops_agent_turn", metadata=metadata)
"""Where PostgreSQL takes ``AgentRow.turn`` from."""


class AgentRow(OpsBase):
    """An agent. Removed ones stay, for the history of assignments.

    :param version: grows with every change of what it is and can do, not with its load or status.
    :param checked_at: when somebody last began to look whether it answers.
    :param load: the number of its active assignments.
    :param turn: new with every change of the row, so that a reader can ask for what changed since it last looked.
    """

    __tablename__ = "ops_agent"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(sa.String(20))
    address: Mapped[str]
    login: Mapped[str | None]
    description: Mapped[str] = mapped_column(sa.Text, default="")
    labels: Mapped[list[str]] = mapped_column(default=list)
    capacity: Mapped[int]
    weight: Mapped[float]
    dag_ids: Mapped[list[str]] = mapped_column(default=list)
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    working_hours: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    absences: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(sa.String(20), default=AgentStatus.AVAILABLE)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    heartbeat_at: Mapped[datetime | None]
    heartbeat_timeout_seconds: Mapped[float | None]
    checked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    load: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(sa.BigInteger)
    idle_since: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    skills: Mapped[list[AgentSkillRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="AgentSkillRow.skill"
    )

    __table_args__ = (
        sa.CheckConstraint("load >= 0 AND load <= capacity", name="load_within_capacity"),
        sa.CheckConstraint("capacity >= 1", name="capacity_positive"),
        sa.CheckConstraint("weight > 0", name="weight_positive"),
        sa.CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in AgentKind)})", name="kind_known"),
        sa.CheckConstraint(f"status IN ({', '.join(repr(str(one)) for one in AgentStatus)})", name="status_known"),
        sa.Index(
            "uq_ops_agent_name",
            "name",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        ),
        sa.Index(
            "uq_ops_agent_kind_address",
            "kind",
            "address",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        ),
        sa.Index("ix_ops_agent_turn", "turn"),
    )


class AgentSkillRow(OpsBase):
    """A skill that an agent has."""

    __tablename__ = "ops_agent_skill"

    agent_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ops_agent.id", ondelete="CASCADE"), primary_key=True)
    skill: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    level: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint(f"level BETWEEN 1 AND {MAX_LEVEL}", name="level_in_range"),
        sa.Index("ix_ops_agent_skill_skill", "skill"),
    )


class AgentEventRow(OpsBase):
    """Something that happened to an agent: registered, changed, drained, went offline, came back, removed."""

    __tablename__ = "ops_agent_event"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ops_agent.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(30))
    message: Mapped[str] = mapped_column(sa.Text)
    actor: Mapped[str]

    __table_args__ = (sa.Index("ix_ops_agent_event_agent_id_id", "agent_id", "id"),)
