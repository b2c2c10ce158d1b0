"""Work for a person: a decision, an approval, a form, through Airflow's human-in-the-loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.agent import AgentActivity, AgentKind
from dag_factory.nodes.base import Marker, Text, VariableName, node_type

REJECT = "Reject"


class FormField(BaseModel):
    """One field of the form that the person fills in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: VariableName = Field(description="Name of the field in the result's `form`.")
    type: Literal["string", "text", "integer", "number", "boolean", "date", "date-time", "enum"] = Field(
        "string", description="Type of the value."
    )
    title: str = Field("", description="Label; the name where absent.")
    description: str = Field("", description="Help text.")
    required: bool = Field(False, description="Whether it must be filled in.")
    default: Any = Field(None, description="Value it starts with.")
    options: list[str] = Field(default_factory=list, description="The values of an `enum`.")

    @model_validator(mode="after")
    def _enum_has_options(self) -> FormField:
        if (self.type == "enum") != bool(self.options):
            raise ValueError("`options` belongs to the type `enum`, which needs at least one")
        return self


@node_type("manual")
class ManualNode(AgentActivity):
    """Asks a person and waits without using a worker.

    The answer chooses the edges: an edge with `choice` is taken for that answer; one without is taken for every other
    answer but those of `stop_on`. An answer without an edge ends everything after the node. A rejection is an
    outcome, not a failure. Its result has `choice`, `choices`, `form`, `user` and `answered_at`.
    """

    default_timeout_seconds: ClassVar[float] = 3600
    default_retries: ClassVar[int] = 0
    agent_kinds: ClassVar[tuple[AgentKind, ...]] = ("person",)

    type: Literal["manual"] = "manual"
    subject: Text = Field("", max_length=1000, description="Headline of the request; the node's name where absent.")
    body: Text = Field("", description="Markdown: what the person needs to know to decide.")
    options: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=lambda: ["Approve", REJECT], min_length=1, max_length=50, description="The possible answers."
    )
    multiple: bool = Field(False, description="Whether several answers may be given.")
    form: list[FormField] = Field(default_factory=list, description="Fields to fill in.")
    assignees: Annotated[list[str], Marker.TEXT] = Field(
        default_factory=list,
        description="Ids of the users who may answer; everybody with the right to where empty. With `agent`, the "
        "people of whom some are asked.",
    )
    candidate_groups: Annotated[list[str], Marker.TEXT] = Field(
        default_factory=list,
        description="Groups whose members should answer (shown in the request). With `agent`, its `groups`.",
    )
    on_timeout: str = Field(
        "fail", description="What happens when nobody answers in time: `fail`, or one of the options."
    )

    stop_on: list[str] = Field(
        default_factory=lambda: [REJECT],
        description="Answers that end everything after the node where no edge names them.",
    )

    @model_validator(mode="after")
    def _options_make_sense(self) -> ManualNode:
        if len(set(self.options)) != len(self.options):
            raise ValueError("two of the `options` are the same")
        if self.on_timeout != "fail" and self.on_timeout not in self.options:
            raise ValueError(f"`on_timeout` is {self.on_timeout!r}, which is neither `fail` nor one of the options")
        names = [field.name for field in self.form]
        if len(set(names)) != len(names):
            raise ValueError("two fields of the form have the same name")
        return self

    @property
    def splits(self) -> str:
        """An answer chooses the edges."""
        return "choice"

    def agent_argument(self) -> dict[str, Any] | None:
        """Return the people to ask: of the assignees and the candidate groups, where there are any.

        Answers of ``stop_on`` are refusals: they count against a quorum.
        """
        asked = super().agent_argument()
        if asked is None:
            return None
        counts_answers = self.asks_for is not None and self.asks_for.seats > 1
        people = {
            "agents": [*asked.get("agents", ()), *self.assignees],
            "groups": [*asked.get("groups", ()), *self.candidate_groups],
            "refusals": [option for option in self.options if option in self.stop_on and counts_answers],
        }
        return asked | {name: values for name, values in people.items() if values}

    def to_task(self) -> TaskSpec:
        """Return the task that asks; which edges an answer takes is added by the lowering of its edges."""
        arguments = {
            "subject": self.subject or self.name or self.id,
            "body": self.body,
            "options": self.options,
            "multiple": self.multiple or None,
            "form": [field.model_dump(exclude_defaults=True) for field in self.form],
            "assignees": self.assignees,
            "candidate_groups": self.candidate_groups,
            "response_timeout_seconds": self.effective_timeout_seconds,
            "on_timeout": self.on_timeout if self.on_timeout != "fail" else None,
            "agent": self.agent_argument(),
        }
        task = self.work_task("airflow_ops_plugin.operators.manual.ManualOperator", arguments)
        return replace(task, timeout_seconds=None)
