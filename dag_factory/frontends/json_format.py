"""The JSON template format as pydantic models: what is published as JSON Schema is what is checked."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, ForwardRef, Literal, Union

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, create_model, model_validator

from dag_factory.nodes.agent import AgentRequirement
from dag_factory.nodes.base import NODE_TYPES, VariableName

BPMN_ONLY = frozenset({"assign", "complex_gateway", "decision_table", "event", "event_gateway", "unbound"})
"""Node types that only templates made from BPMN files need; docs/bpmn.md says what they mean."""
COMPILER_ONLY = frozenset(
    {"completed_check", "event_race", "event_start", "loop", "outcome_router", "terminate", "throw"}
)
"""Node types that only the compiler itself produces."""


class Model(BaseModel):
    """Base of the format's parts: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VariableModel(Model):
    """A declared variable: an input of the run, and a field of the trigger form."""

    name: VariableName
    type: Literal[
        "string", "text", "integer", "number", "boolean", "array", "object", "date", "date-time", "time", "any"
    ] = Field("string", description="Type of the value; `text` is a string of several lines.")
    title: str = Field("", description="Label in the trigger form.")
    description: str = Field("", description="Help text in the trigger form.")
    default: Any = Field(None, description="Value where the caller gives none.")
    required: bool = Field(False, description="Whether the caller must give a value; needs no default.")
    choices: list[Any] = Field(default_factory=list, description="The only values allowed.")
    minimum: float | None = Field(None, description="Least value of a number.")
    maximum: float | None = Field(None, description="Greatest value of a number.")
    min_length: int | None = Field(None, ge=0, description="Least length of a string.")
    max_length: int | None = Field(None, ge=0, description="Greatest length of a string.")
    pattern: str | None = Field(None, max_length=500, description="Regular expression that a string must match.")
    items: dict[str, Any] | None = Field(None, description="JSON Schema of an array's items.")

    @model_validator(mode="after")
    def _required_has_no_default(self) -> VariableModel:
        if self.required and self.default is not None:
            raise ValueError("a variable with a `default` is never missing: leave out `required` or `default`")
        return self


class EdgeModel(Model):
    """An arrow between two nodes of the same list."""

    source: str = Field(
        validation_alias=AliasChoices("from", "source"),
        serialization_alias="from",
        description="Id of the node it leaves.",
    )
    target: str = Field(
        validation_alias=AliasChoices("to", "target"), serialization_alias="to", description="Id of the node it enters."
    )
    name: str = Field("", max_length=250, description="Label in the graph.")
    condition: str | None = Field(None, description="Expression that must be true for the edge to be taken.")
    choice: str | None = Field(None, description="Answer of a `manual` node for which the edge is taken.")
    default: bool = Field(False, description="Taken when no other edge of the node is.")

    @model_validator(mode="after")
    def _has_one_reason(self) -> EdgeModel:
        if sum([self.condition is not None, self.choice is not None, self.default]) > 1:
            raise ValueError("an edge has either a `condition`, a `choice` or `default: true`")
        return self


class ManualTrigger(Model):
    """Somebody starts it: in the UI, by CLI or REST. Always possible; says that nothing else starts it."""

    type: Literal["manual"]


class CronTrigger(Model):
    """Starts at the times of a cron expression."""

    type: Literal["cron"]
    cron: str = Field(description="Five fields, or `@daily` and the like.")
    timezone: str = Field("UTC", description="IANA time zone in which it is read.")
    catchup: bool = Field(False, description="Whether times missed since `start_date` are run too.")
    start_date: str | None = Field(None, description="ISO 8601 date or instant before which nothing runs.")


class IntervalTrigger(Model):
    """Starts again and again after a fixed time."""

    type: Literal["interval"]
    every: str | float = Field(description="ISO 8601 duration such as `PT15M`, or seconds.")
    catchup: bool = Field(False, description="Whether times missed since `start_date` are run too.")
    start_date: str | None = Field(None, description="ISO 8601 date or instant before which nothing runs.")


class AssetTrigger(Model):
    """Starts when all of some Airflow assets were updated."""

    type: Literal["asset"]
    assets: list[str] = Field(min_length=1, description="URIs of the assets.")


class MessageTrigger(Model):
    """Starts for a message on a queue (Airflow's asset watcher; needs the extra `kafka` or `redis`)."""

    type: Literal["message"]
    name: str = Field("", description="Name of the asset; derived from the queue where absent.")
    queue: str = Field(description="`kafka://broker:9092/topic` or `redis+pubsub://host:6379/channel`.")
    connection: str | None = Field(None, description="Airflow connection with the broker's credentials.")


Trigger = Annotated[
    ManualTrigger | CronTrigger | IntervalTrigger | AssetTrigger | MessageTrigger, Field(discriminator="type")
]


class TemplateHead(Model):
    """The fields of a template but its nodes."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=200)] | None = Field(
        None, description="Becomes the Dag id; the file's name where absent."
    )
    schema_: str | None = Field(None, alias="$schema", description="Address of this schema, for editors.")
    name: str = Field(min_length=1, max_length=250, description="What people see in the list of Dags.")
    description: str = Field("", description="Markdown; its first line is the Dag's description.")
    version: str = Field("1.0", max_length=100, description="The author's version.")
    tags: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list, description="Tags of the Dag."
    )
    variables: list[VariableModel] = Field(default_factory=list, max_length=500, description="The inputs of a run.")
    semantics: Literal["template", "bpmn"] = Field(
        "template",
        description="`bpmn`: a node that several edges enter runs once for each token, and a variable that nothing "
        "sets is an input of the run, as in a template made from a BPMN file.",
    )
    triggers: list[Trigger] = Field(
        default_factory=list, max_length=50, description="What starts runs; people always can."
    )
    result: dict[VariableName, str] = Field(
        default_factory=dict, description="What a template that calls this one gets back: name -> expression."
    )
    timeout_seconds: float | None = Field(
        None, gt=0, le=31_536_000, description="Seconds after which a whole run fails."
    )
    agents: dict[Literal["script", "manual", "api_call", "sql"], AgentRequirement] = Field(
        default_factory=dict,
        description="What nodes of a type ask for where their own `agent` does not say it: type of node -> "
        "[agent](#agents).",
    )
    max_active_runs: int | None = Field(None, ge=1, le=1000, description="How many runs go on at once.")


@cache
def template_model() -> type[TemplateHead]:
    """Return the model of a whole template, with every registered node type of the JSON language."""
    names = [name for name in NODE_TYPES if name not in COMPILER_ONLY]
    leaves = [NODE_TYPES[name] for name in names if name not in ("group", "parallel")]
    node: Any = Annotated[
        Union[*leaves, ForwardRef("GroupModel"), ForwardRef("ParallelModel")],
        Field(discriminator="type"),
    ]
    nodes: Any = list[ForwardRef("Node")]  # type: ignore[misc]  # the name is bound below
    group = create_model("GroupModel", __base__=NODE_TYPES["group"], nodes=(nodes, ...), edges=(list[EdgeModel], []))
    parallel = create_model("ParallelModel", __base__=NODE_TYPES["parallel"], children=(nodes, ...))
    template = create_model(
        "Template",
        __base__=TemplateHead,
        nodes=(list[node], Field(min_length=1, description="The steps.")),
        edges=(list[EdgeModel], Field(description="The arrows between them.")),
    )
    names_of_types = {"GroupModel": group, "ParallelModel": parallel, "Node": node}
    for model in (group, parallel, template):
        model.model_rebuild(_types_namespace=names_of_types)
    return template


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a template."""
    schema = template_model().model_json_schema(by_alias=True)
    for definition in schema["$defs"].values():
        if {"id", "type"} <= definition.get("properties", {}).keys():
            definition["required"] = ["id", "type", *(name for name in definition["required"] if name != "id")]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Workflow template"}
