"""The table of engine processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from airflow_ops_plugin.db.base import OpsBase


class EngineRow(OpsBase):
    """A process of ``airflow ops engine``.

    :param heartbeat_at: when it last finished a tick.
    :param steps: milliseconds and count of each step of that tick.
    """

    __tablename__ = "ops_engine"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    steps: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (sa.Index("ix_ops_engine_heartbeat_at", "heartbeat_at"),)
