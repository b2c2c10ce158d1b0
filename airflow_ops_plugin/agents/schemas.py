"""The API's form of agents, and the file format of import and export."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from airflow_ops_plugin.agents.agent import MAX_LEVEL, AgentKind, AgentStatus

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=250, pattern=r"^[^/\\]+$")]
SkillName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:+#-]{1,100}$")]
Level = Annotated[int, Field(ge=1, le=MAX_LEVEL)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkingHoursBody(_Body):
    """Hours on some days of the week, in the agent's time zone; an end that is not after the start is the next day."""

    days: list[Day] = Field(min_length=1)
    start: time
    end: time


class AbsenceBody(_Body):
    """A time away; the end is not included."""

    start: AwareDatetime
    end: AwareDatetime
    note: str = ""

    @model_validator(mode="after")
    def _has_length(self) -> AbsenceBody:
        if self.end <= self.start:
            raise ValueError("an absence must end after it starts")
        return self


class AgentBody(_Body):
    """An agent as an administrator describes it."""

    name: Name
    kind: AgentKind
    address: Name = Field(
        description="A person's Airflow user id, a Docker host's connection id, or the name of a worker queue."
    )
    login: str | None = Field(
        default=None,
        max_length=250,
        description="Of a person: the user name, where it is not the user id. Needed to exclude the requester.",
    )
    description: str = ""
    skills: dict[SkillName, Level] = Field(default_factory=dict, description="Level by skill, 1 to 5.")
    labels: list[Label] = Field(default_factory=list)
    capacity: int = Field(default=1, ge=1, le=10_000, description="How many assignments it may hold at once.")
    weight: float = Field(default=1.0, gt=0, le=1000, description="Its share for the strategy 'weighted'.")
    dag_ids: list[str] = Field(default_factory=list, description="The only Dags it works for; empty for all.")
    time_zone: str = "UTC"
    working_hours: list[WorkingHoursBody] = Field(default_factory=list, description="Empty for around the clock.")
    absences: list[AbsenceBody] = Field(default_factory=list)
    heartbeat_timeout_seconds: float | None = Field(
        default=None, gt=0, description="Silence after which it counts as gone; empty: it need not send heartbeats."
    )

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {value!r}; use a name such as Europe/Berlin") from error
        return value


class AgentView(AgentBody):
    """An agent with what is going on."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    status: AgentStatus
    status_reason: str
    load: int
    is_on_duty: bool
    is_assignable: bool = Field(description="Whether it would be given work that it fits.")
    hindrance: str | None = Field(description="Why it would not, in words.")
    heartbeat_at: datetime | None
    idle_since: datetime
    created_at: datetime
    updated_at: datetime


class AgentPage(BaseModel):
    """Some of the agents that match, and how many match in all."""

    items: list[AgentView]
    total: int


class StatusBody(_Body):
    """A new status. ``offline`` returns what the agent holds to the queue."""

    status: AgentStatus
    reason: str = Field(default="", max_length=2000)


class AgentEventView(BaseModel):
    """Something that happened to an agent."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    kind: str
    message: str
    actor: str


class AgentEventPage(BaseModel):
    """Events of an agent, the latest first."""

    items: list[AgentEventView]
    total: int


class ImportBody(_Body):
    """Agents to register or change, by name.

    ``replace`` also removes those that are not named.
    """

    mode: Literal["merge", "replace"] = "merge"
    agents: list[AgentBody] = Field(max_length=10_000)


class ImportResult(BaseModel):
    """What an import did: names of agents."""

    created: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]


class ExportView(BaseModel):
    """All agents in the form that ``ImportBody`` takes."""

    agents: list[AgentBody]
