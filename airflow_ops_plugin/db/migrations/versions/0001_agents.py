"""Agents, work items, assignments, engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TURN = sa.Sequence("ops_agent_turn")


def upgrade() -> None:
    """Create the tables, and the sequence of turns where the database has sequences."""
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.CreateSequence(TURN))
    op.create_table(
        "ops_agent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=250), nullable=False),
        sa.Column("login", sa.String(length=250), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("dag_ids", JSON, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("working_hours", JSON, nullable=False),
        sa.Column("absences", JSON, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("heartbeat_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("heartbeat_timeout_seconds", sa.Double(), nullable=True),
        sa.Column("checked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("load", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("idle_since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'docker_host', 'worker_queue')", name=op.f("ck_ops_agent_kind_known")),
        sa.CheckConstraint(
            "status IN ('available', 'draining', 'maintenance', 'offline')", name=op.f("ck_ops_agent_status_known")
        ),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_ops_agent_capacity_positive")),
        sa.CheckConstraint("load >= 0 AND load <= capacity", name=op.f("ck_ops_agent_load_within_capacity")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_ops_agent_weight_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_agent")),
    )
    with op.batch_alter_table("ops_agent", schema=None) as batch_op:
        batch_op.create_index("ix_ops_agent_turn", ["turn"], unique=False)
        batch_op.create_index(
            "uq_ops_agent_kind_address",
            ["kind", "address"],
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_ops_agent_name",
            ["name"],
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "ops_engine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(length=250), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("steps", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_engine")),
    )
    with op.batch_alter_table("ops_engine", schema=None) as batch_op:
        batch_op.create_index("ix_ops_engine_heartbeat_at", ["heartbeat_at"], unique=False)

    op.create_table(
        "ops_work_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dag_id", sa.String(length=250), nullable=False),
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("task_id", sa.String(length=250), nullable=False),
        sa.Column("map_index", sa.Integer(), nullable=False),
        sa.Column("ti_id", sa.Uuid(), nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("prefer_labels", JSON, nullable=False),
        sa.Column("only_agents", JSON, nullable=False),
        sa.Column("any_label", JSON, nullable=False),
        sa.Column("strategy", sa.String(length=100), nullable=False),
        sa.Column("need_key", sa.String(length=32), nullable=False),
        sa.Column("exclude", JSON, nullable=False),
        sa.Column("requester", sa.String(length=250), nullable=True),
        sa.Column("preferred_agent", sa.String(length=250), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("open_seats", sa.Integer(), nullable=False),
        sa.Column("refusals", JSON, nullable=False),
        sa.Column("offer_timeout_seconds", sa.Double(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("queue_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("leased_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(length=30), nullable=True),
        sa.Column("explanation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'leased', 'closed')", name=op.f("ck_ops_work_item_state_known")),
        sa.CheckConstraint(
            "open_seats >= 0 AND open_seats <= seats", name=op.f("ck_ops_work_item_open_seats_within_seats")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 10", name=op.f("ck_ops_work_item_priority_in_range")),
        sa.CheckConstraint(
            "seats >= 1 AND quorum >= 1 AND quorum <= seats", name=op.f("ck_ops_work_item_quorum_within_seats")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_work_item")),
    )
    with op.batch_alter_table("ops_work_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ops_work_item_queue",
            ["queue_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_ops_work_item_queued_need",
            ["need_key", "queue_at"],
            unique=False,
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index("ix_ops_work_item_requested_at", ["requested_at"], unique=False)
        batch_op.create_index("ix_ops_work_item_run", ["dag_id", "run_id"], unique=False)
        batch_op.create_index(
            "ix_ops_work_item_unpublished",
            ["id"],
            unique=False,
            postgresql_where=sa.text("kind = 'person' AND NOT is_published AND state IN ('queued', 'leased')"),
            sqlite_where=sa.text("kind = 'person' AND NOT is_published AND state IN ('queued', 'leased')"),
        )
        batch_op.create_index(
            "uq_ops_work_item_open_key",
            ["dag_id", "run_id", "task_id", "map_index"],
            unique=True,
            postgresql_where=sa.text("state IN ('queued', 'leased')"),
            sqlite_where=sa.text("state IN ('queued', 'leased')"),
        )

    op.create_table(
        "ops_agent_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["ops_agent.id"], name=op.f("fk_ops_agent_event_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_agent_event")),
    )
    with op.batch_alter_table("ops_agent_event", schema=None) as batch_op:
        batch_op.create_index("ix_ops_agent_event_agent_id_id", ["agent_id", "id"], unique=False)

    op.create_table(
        "ops_agent_skill",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("skill", sa.String(length=100), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_ops_agent_skill_level_in_range")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["ops_agent.id"], name=op.f("fk_ops_agent_skill_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "skill", name=op.f("pk_ops_agent_skill")),
    )
    with op.batch_alter_table("ops_agent_skill", schema=None) as batch_op:
        batch_op.create_index("ix_ops_agent_skill_skill", ["skill"], unique=False)

    op.create_table(
        "ops_assignment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_item_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(length=250), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.Column("ended_by", sa.String(length=250), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["ops_agent.id"], name=op.f("fk_ops_assignment_agent_id")),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["ops_work_item.id"], name=op.f("fk_ops_assignment_work_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_assignment")),
    )
    with op.batch_alter_table("ops_assignment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ops_assignment_active_of_agent",
            ["agent_id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_ops_assignment_agent_id_id", ["agent_id", "id"], unique=False)
        batch_op.create_index(
            "ix_ops_assignment_expires_at",
            ["expires_at"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_ops_assignment_work_item_id", ["work_item_id"], unique=False)
        batch_op.create_index(
            "uq_ops_assignment_active_agent",
            ["work_item_id", "agent_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_ops_assignment_active_seat",
            ["work_item_id", "seat"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    """Drop everything."""
    for table in ("ops_assignment", "ops_agent_skill", "ops_agent_event", "ops_work_item", "ops_engine", "ops_agent"):
        op.drop_table(table)
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.DropSequence(TURN))
