"""The API's form of the engine's state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class EngineView(BaseModel):
    """A process of ``airflow ops engine``."""

    id: UUID
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool = Field(description="Whether it was heard of within the last 15 seconds.")
    steps: dict[str, Any] = Field(description="Milliseconds and count of each step of the last tick.")


class EngineHealth(BaseModel):
    """Whether any engine runs, in the words of Airflow's own health."""

    status: Literal["healthy", "unhealthy"]
    latest_heartbeat: datetime | None


class EngineState(BaseModel):
    """Whether work is kept in order."""

    is_alive: bool
    last_heartbeat_at: datetime | None
    message: str = Field(description="What is wrong and what to do; empty where all is well.")
    engines: list[EngineView] = Field(
        description="Those that run, and those that fell silent within the last hour without having been stopped."
    )


class Rights(BaseModel):
    """What the caller may do."""

    user_id: str
    user_name: str
    can_change: bool
    can_configure: bool


class Summary(BaseModel):
    """The head of the Operations page.

    ``version`` is another text whenever agents, queue or assignments have changed: ask for it often, and for the rest
    when it is new.
    """

    version: str
    agents_by_status: dict[str, int]
    capacity: int
    load: int
    queued: int
    oldest_queued_seconds: float | None
    leased: int
    engine: EngineState
    rights: Rights
    default_strategy: str
    ageing_seconds: float
