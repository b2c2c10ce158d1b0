"""AgentActivity: an activity that can ask for an agent, and the words in which it asks."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.nodes.base import Activity, Marker

AgentKind = Literal["person", "docker_host", "worker_queue"]
NODE = "node:"
"""What an exclusion of whoever did another node starts with."""

_SKILL = re.compile(r"\s*([A-Za-z0-9_.:+#-]+?)\s*(?:>=\s*([1-5])\s*)?")

Skill = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.:+#-]+\s*(>=\s*[1-5])?$",
        max_length=110,
        description="A skill, or `skill>=level` with a level of 1 to 5.",
    ),
]
Exclusion = Annotated[
    str,
    Field(
        pattern=r"^(requester|(node|agent):.+)$",
        max_length=300,
        description="`requester`, `node:<id>` or `agent:<name>`.",
    ),
]


class AgentRequirement(BaseModel):
    """What work needs of the agent that does it. No free agent is not an error: the work waits in the queue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: AgentKind | None = Field(
        None,
        description="What does it. `docker_host` for a `script` (or `worker_queue`), `person` for a `manual` node, "
        "`worker_queue` for an `api_call` or `sql`; the first of these where absent.",
    )
    skills: list[Skill] = Field(
        default_factory=list, max_length=50, description="Skills it must have: `linux`, or `netops>=3` with a level."
    )
    agents: Annotated[list[str], Marker.TEXT] = Field(
        default_factory=list, description="The only agents that may do it, by name or, of people, user id."
    )
    groups: Annotated[list[str], Marker.TEXT] = Field(
        default_factory=list, description="Groups of which it must be in one: an agent is in a group by a label."
    )
    prefer: Annotated[list[str], Marker.TEXT] = Field(
        default_factory=list, description="Labels that let an agent go first where several could do it."
    )
    exclude: list[Exclusion] = Field(
        default_factory=list,
        max_length=50,
        description="Who may not do it: `requester` (who started the run), `node:<id>` (whoever did that node), "
        "`agent:<name>`.",
    )
    priority: int | None = Field(
        None, ge=0, le=10, description="Place in the queue: greater goes first, and waiting counts too. 5 where absent."
    )
    strategy: str | None = Field(
        None,
        max_length=100,
        description="How one is chosen of those that could do it: `skill_weighted`, `round_robin`, "
        "`least_connections`, `weighted`; the deployment's where absent.",
    )
    quorum: int | None = Field(
        None, ge=1, le=100, description="Of a `manual` node: how many people must give the same answer. 1 where absent."
    )
    of: int | None = Field(
        None,
        ge=1,
        le=100,
        description="Of a `manual` node: how many people are asked. As many as `quorum` where absent.",
    )
    offer_timeout_seconds: float | None = Field(
        None,
        gt=0,
        le=31_536_000,
        description="Seconds after which an offer that a person did not answer goes to the next.",
    )

    when_lost: Literal["elsewhere", "wait"] | None = Field(
        None,
        description="Of a `script`: what happens when its Docker host stops answering while it may still run there. "
        "`elsewhere` (where absent) runs it again on another one; `wait` only once it is certainly over.",
    )

    def over(self, defaults: AgentRequirement | None) -> AgentRequirement:
        """Return this requirement with the fields of ``defaults`` that it does not give itself."""
        if defaults is None:
            return self
        missing = defaults.model_fields_set - self.model_fields_set
        return self.model_copy(update={name: getattr(defaults, name) for name in missing})

    def excluded_nodes(self) -> tuple[str, ...]:
        """Return the ids of the nodes whose agents may not do it."""
        return tuple(item.removeprefix(NODE) for item in self.exclude if item.startswith(NODE))

    def as_argument(self, default_kind: AgentKind) -> dict[str, Any]:
        """Return the requirement as the operators take it: without what is not asked for, skills with their levels."""
        given = self.model_dump(exclude={"kind", "skills", "quorum", "of"}, exclude_defaults=True)
        given["kind"] = self.kind or default_kind
        if self.skills:
            given["skills"] = dict(sorted(map(read_skill, self.skills)))
        if self.seats > 1:
            given |= {"quorum": self.quorum or 1, "seats": self.seats}
        return given

    @property
    def seats(self) -> int:
        """How many agents are asked at once."""
        return self.of or self.quorum or 1


def read_skill(text: str) -> tuple[str, int]:
    """Return name and least level of ``netops>=3`` or ``netops``.

    :raises ValueError: it is not written so.
    """
    match = _SKILL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no skill such as netops or netops>=3")
    return match[1], int(match[2] or 1)


class AgentActivity(Activity):
    """An activity that an agent can do.

    :cvar agent_kinds: the kinds of agents that can; the first is asked for where the template does not say.
    """

    agent_kinds: ClassVar[tuple[AgentKind, ...]] = ("worker_queue",)

    agent: AgentRequirement | Literal[False] | None = Field(
        None,
        description="The agent it needs, see [agents](#agents). None where absent, unless the template's `agents` name "
        "the node's type; `false` for none in any case.",
    )

    @property
    def asks_for(self) -> AgentRequirement | None:
        """What it needs of an agent, ``None`` where it needs none."""
        return self.agent or None

    def agent_argument(self) -> dict[str, Any] | None:
        """Return what the operator asks for, ``None`` where it needs no agent."""
        return self.asks_for.as_argument(self.agent_kinds[0]) if self.asks_for else None

    def with_default_agent(self, defaults: AgentRequirement | None) -> AgentActivity:
        """Return the activity with the template's ``defaults`` where its own ``agent`` does not say otherwise."""
        if defaults is None or self.agent is False:
            return self
        agent = self.agent.over(defaults) if self.agent else defaults
        return self.model_copy(update={"agent": agent})
