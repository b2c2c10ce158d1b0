"""The API's form of work items, assignments and explanations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from airflow_ops_plugin.agents.agent import AgentKind
from airflow_ops_plugin.agents.schemas import Level, SkillName
from airflow_ops_plugin.assignment.work import DEFAULT_PRIORITY, MAX_PRIORITY, EndReason, WorkState

Exclusion = Annotated[str, StringConstraints(pattern=r"^(requester|(node|agent):.+)$", max_length=300)]
Priority = Annotated[int, Field(ge=0, le=MAX_PRIORITY)]
Reason = Annotated[str, StringConstraints(max_length=2000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkRequest(_Body):
    """What a task asks for. The task itself is known from its token."""

    kind: AgentKind
    skills: dict[SkillName, Level] = Field(default_factory=dict, description="Least level by skill.")
    priority: Priority = DEFAULT_PRIORITY
    strategy: str | None = Field(default=None, description="Empty for the deployment's default.")
    exclude: list[Exclusion] = Field(
        default_factory=list,
        description="Who may not do it: 'requester', 'node:<task id>' (whoever did that), 'agent:<name>'.",
    )
    prefer_labels: list[str] = Field(default_factory=list, description="Agents with more of these rank higher.")
    only_agents: list[str] = Field(
        default_factory=list, description="The only agents that may do it, by name or, of people, user id. Empty: any."
    )
    any_label: list[str] = Field(
        default_factory=list, description="Labels of which an agent must have one, such as groups. Empty: any agent."
    )
    preferred_agent: str | None = Field(default=None, description="Name of the agent to take where it is eligible.")
    seats: int = Field(default=1, ge=1, le=100, description="How many agents are asked at once.")
    quorum: int = Field(default=1, ge=1, le=100, description="How many of them must complete.")
    refusals: list[str] = Field(
        default_factory=list, description="Answers that win where no other can reach the quorum any more."
    )
    offer_timeout_seconds: float | None = Field(
        default=None, gt=0, description="After which an unanswered offer goes to the next."
    )
    subject: str = Field(default="", max_length=2000, description="What it is about, in a line.")

    @model_validator(mode="after")
    def _quorum_fits(self) -> WorkRequest:
        if self.quorum > self.seats:
            raise ValueError(f"a quorum of {self.quorum} cannot be reached with {self.seats} seats")
        return self


class RankedView(BaseModel):
    """A candidate with its score; the parts add up to it, by the strategy."""

    agent: str
    score: float
    parts: dict[str, float] = Field(default_factory=dict)
    load: int
    capacity: int


class FilteredView(BaseModel):
    """Agents left out for one reason."""

    reason: str
    count: int
    examples: list[str] = Field(description="Names of some of them.")


class ExplanationView(BaseModel):
    """Why a decision went as it did."""

    summary: str = Field(description="In a sentence, such as '0 of 12 eligible: 7 lack skill netops>=3, 4 full'.")
    considered: int
    eligible: int
    strategy: str
    filtered: list[FilteredView]
    ranked: list[RankedView] = Field(description="The best, in order.")
    note: str = ""


class AgentRef(BaseModel):
    """The agent of an assignment, with what is needed to use it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: AgentKind
    address: str = Field(description="A person's user id, a Docker host's connection id, or a queue's name.")
    login: str | None


class AssignmentView(BaseModel):
    """An agent has, or had, a seat of a work item."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    work_item_id: UUID
    seat: int
    agent: AgentRef
    assigned_at: datetime
    assigned_by: str
    expires_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    ended_by: str | None
    outcome: str | None
    note: str


class WorkItemView(BaseModel):
    """A work item with its place in the queue and the agents it has."""

    id: UUID
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    subject: str
    kind: AgentKind
    skills: dict[str, int]
    prefer_labels: list[str]
    only_agents: list[str]
    any_label: list[str]
    exclude: list[str]
    strategy: str
    priority: int
    effective_priority: float = Field(description="With ageing, at the time of the answer.")
    state: WorkState
    seats: int
    quorum: int
    open_seats: int
    completed: int = Field(description="Seats that are done.")
    requester: str | None
    requested_at: datetime
    leased_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    age_seconds: float = Field(description="Since the request, or from request to end.")
    position: int | None = Field(description="1 for the next of the queue; empty where it does not wait.")
    reason: str | None = Field(description="Why it waits, in words; empty where it does not.")
    assignments: list[AssignmentView] = Field(description="The active ones.")


class WorkItemPage(BaseModel):
    """Some of the work items that match, and how many match in all."""

    items: list[WorkItemView]
    total: int


class AssignmentDetail(AssignmentView):
    """An assignment with the work and the reason for the choice."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    subject: str
    explanation: ExplanationView


class AssignmentPage(BaseModel):
    """Some of the assignments that match, and how many match in all."""

    items: list[AssignmentDetail]
    total: int


class WorkItemDetail(WorkItemView):
    """A work item with all its assignments, also the ended ones, and the explanation of why it waits."""

    history: list[AssignmentDetail]
    waiting: ExplanationView | None


class PriorityBody(_Body):
    """A new priority, 0 to 10; the time already waited counts on."""

    priority: Priority


class ReassignBody(_Body):
    """Give a seat to another agent: the named one, or whom the strategy chooses.

    The agent that has it now is not chosen again.
    """

    agent: str | None = Field(default=None, description="Name of the agent; empty for the strategy's choice.")
    assignment_id: int | None = Field(default=None, description="Which one; needed where several are active.")
    reason: Reason = ""


class ReleaseBody(_Body):
    """Take the work from its agent and put it back into the queue."""

    assignment_id: int | None = Field(default=None, description="Which one; empty for all that are active.")
    reason: Reason = ""


class DeclineBody(_Body):
    """Say no to an offer: it goes to the next, and not to this agent again."""

    assignment_id: int | None = Field(default=None, description="Which one; empty for the caller's own.")
    reason: Reason = ""


class FinishBody(_Body):
    """A task says that the agent has done the work, or that it does not need it any more."""

    outcome: str | None = Field(default=None, max_length=2000)
    is_completed: bool = Field(default=True, description="False: the task ended otherwise.")


class AnswerBody(_Body):
    """A person of a quorum has answered."""

    user_id: str
    outcome: str = Field(max_length=2000)


class AnswerResult(BaseModel):
    """How a quorum stands after an answer."""

    work_item: WorkItemView
    answers: dict[str, str] = Field(description="Outcome by user id.")
    is_decided: bool = Field(description="Whether no further answer can change it.")
    decision: str | None = Field(description="What has won; empty where nothing has, or can any more.")
    waiting_for: list[AgentRef] = Field(description="Those who are asked and have not answered.")


class WaitBody(_Body):
    """Work items for which a triggerer waits."""

    ids: list[UUID] = Field(max_length=1000)
    timeout_seconds: float = Field(default=20.0, ge=0, le=60, description="How long to wait for the first change.")


class WaitResult(BaseModel):
    """The work items of a wait that are no longer queued, and ids that are unknown."""

    ready: list[WorkItemView]
    unknown: list[UUID]


class StrategyView(BaseModel):
    """A strategy that can be named."""

    name: str
    description: str
    is_default: bool


class TokenBody(_Body):
    """A task instance asks for a token.

    ``proof`` is a random text of which the task has written the SHA-256 digest, in hex, into its own task state under
    the key ``ops_proof``: only the task itself can write there.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    proof: Annotated[str, StringConstraints(min_length=32, max_length=200)]


class TokenView(BaseModel):
    """A token for ``/worker``, for one attempt of one task instance."""

    access_token: str
    expires_in_seconds: int
    token_type: Literal["bearer"] = "bearer"
