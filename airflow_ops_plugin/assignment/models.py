"""The tables of assignment: work items and their assignments, which are the leases."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.assignment.work import DEFAULT_PRIORITY, MAX_PRIORITY, WorkState
from airflow_ops_plugin.db.base import OpsBase

_OPEN = "state IN ('queued', 'leased')"
_ACTIVE = "ended_at IS NULL"
_UNPUBLISHED = "kind = 'person' AND NOT is_published AND state IN ('queued', 'leased')"


class WorkItemRow(OpsBase):
    """Work of one attempt of a task instance that needs an agent.

    :param ti_id: id of the attempt in Airflow; another attempt of the same task instance is another work item.
    :param seats: how many agents are asked at once (people of a quorum; otherwise 1).
    :param quorum: how many of them must complete.
    :param open_seats: seats that still want an agent.
    :param exclude: who may not do it: ``requester``, ``node:<task id>``, ``agent:<name>``.
    :param queue_at: the order of the queue, see ``work.queue_at``.
    :param explanation: of the last decision that found no agent.
    :param is_published: of people's work: whether Airflow's request names those who are assigned.
    :param revision: grows with every change, for compare-and-set.
    """

    __tablename__ = "ops_work_item"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dag_id: Mapped[str]
    run_id: Mapped[str]
    task_id: Mapped[str]
    map_index: Mapped[int] = mapped_column(default=-1)
    ti_id: Mapped[UUID]
    try_number: Mapped[int] = mapped_column(default=1)
    subject: Mapped[str] = mapped_column(sa.Text, default="")
    kind: Mapped[str] = mapped_column(sa.String(20))
    skills: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prefer_labels: Mapped[list[str]] = mapped_column(default=list)
    only_agents: Mapped[list[str]] = mapped_column(default=list)
    any_label: Mapped[list[str]] = mapped_column(default=list)
    strategy: Mapped[str] = mapped_column(sa.String(100))
    need_key: Mapped[str] = mapped_column(sa.String(32))
    exclude: Mapped[list[str]] = mapped_column(default=list)
    requester: Mapped[str | None]
    preferred_agent: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=DEFAULT_PRIORITY)
    seats: Mapped[int] = mapped_column(default=1)
    quorum: Mapped[int] = mapped_column(default=1)
    open_seats: Mapped[int] = mapped_column(default=1)
    refusals: Mapped[list[str]] = mapped_column(default=list)
    offer_timeout_seconds: Mapped[float | None]
    state: Mapped[str] = mapped_column(sa.String(20), default=WorkState.QUEUED)
    requested_at: Mapped[datetime]
    queue_at: Mapped[datetime]
    leased_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None] = mapped_column(sa.String(30))
    explanation: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    is_published: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    assignments: Mapped[list[AssignmentRow]] = relationship(
        back_populates="work_item", order_by="AssignmentRow.id", lazy="select"
    )

    __table_args__ = (
        sa.CheckConstraint("seats >= 1 AND quorum >= 1 AND quorum <= seats", name="quorum_within_seats"),
        sa.CheckConstraint("open_seats >= 0 AND open_seats <= seats", name="open_seats_within_seats"),
        sa.CheckConstraint(f"priority BETWEEN 0 AND {MAX_PRIORITY}", name="priority_in_range"),
        sa.CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in WorkState)})", name="state_known"),
        sa.Index(
            "uq_ops_work_item_open_key",
            "dag_id",
            "run_id",
            "task_id",
            "map_index",
            unique=True,
            postgresql_where=sa.text(_OPEN),
            sqlite_where=sa.text(_OPEN),
        ),
        sa.Index(
            "ix_ops_work_item_queue",
            "queue_at",
            "id",
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        ),
        sa.Index(
            "ix_ops_work_item_queued_need",
            "need_key",
            "queue_at",
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        ),
        sa.Index(
            "ix_ops_work_item_unpublished",
            "id",
            postgresql_where=sa.text(_UNPUBLISHED),
            sqlite_where=sa.text(_UNPUBLISHED),
        ),
        sa.Index("ix_ops_work_item_run", "dag_id", "run_id"),
        sa.Index("ix_ops_work_item_requested_at", "requested_at"),
    )


class AssignmentRow(OpsBase):
    """An agent has a seat of a work item: a lease while ``ended_at`` is empty, history afterwards.

    :param expires_at: when an unanswered offer goes to the next; ``None`` for never.
    :param explanation: why this agent: who was left out and why, the scores of the rest.
    :param outcome: what the agent answered, in the words of the node's options.
    """

    __tablename__ = "ops_assignment"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    work_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ops_work_item.id", ondelete="CASCADE"))
    agent_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ops_agent.id"))
    seat: Mapped[int] = mapped_column(default=0)
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(sa.String(20))
    ended_by: Mapped[str | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    explanation: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    work_item: Mapped[WorkItemRow] = relationship(back_populates="assignments", lazy="select")
    agent: Mapped[AgentRow] = relationship(lazy="select")

    __table_args__ = (
        sa.Index(
            "uq_ops_assignment_active_seat",
            "work_item_id",
            "seat",
            unique=True,
            postgresql_where=sa.text(_ACTIVE),
            sqlite_where=sa.text(_ACTIVE),
        ),
        sa.Index(
            "uq_ops_assignment_active_agent",
            "work_item_id",
            "agent_id",
            unique=True,
            postgresql_where=sa.text(_ACTIVE),
            sqlite_where=sa.text(_ACTIVE),
        ),
        sa.Index(
            "ix_ops_assignment_active_of_agent",
            "agent_id",
            postgresql_where=sa.text(_ACTIVE),
            sqlite_where=sa.text(_ACTIVE),
        ),
        sa.Index(
            "ix_ops_assignment_expires_at",
            "expires_at",
            postgresql_where=sa.text(_ACTIVE),
            sqlite_where=sa.text(_ACTIVE),
        ),
        sa.Index("ix_ops_assignment_work_item_id", "work_item_id"),
        sa.Index("ix_ops_assignment_agent_id_id", "agent_id", "id"),
    )
