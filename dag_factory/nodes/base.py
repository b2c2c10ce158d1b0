"""What every node type shares: identity, text that takes variables, and the fields of an activity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.registry import Registry

EMPTY_OPERATOR = "airflow.providers.standard.operators.empty.EmptyOperator"


class Marker(Enum):
    """How the compiler and the operators read the strings of a field."""

    TEXT = "text with ${expressions}"
    EXPRESSION = "one expression"


Identifier = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$",
        max_length=100,
        description="Letters, digits, `_` and `-`; unique in the template.",
    ),
]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Text = Annotated[str, Marker.TEXT]
Expression = Annotated[str, Marker.EXPRESSION]


class Repeat(BaseModel):
    """A loop marker: the node runs while a condition is true, or once for each item of a list or of a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["standard", "sequential", "parallel"] = Field(
        description="`standard` runs while `condition`; the others once for each item, one after another or together."
    )
    collection: str | None = Field(None, description="Expression whose value is the list of items.")
    cardinality: str | None = Field(None, description="Expression for the number of times, where there is no list.")
    item: VariableName = Field("item", description="Variable under which it sees its item.")
    condition: str | None = Field(None, description="Goes on while it is true; with a list or number: done once it is.")
    is_tested_before: bool = Field(False, description="Whether the condition is tested before the first time too.")
    maximum: int | None = Field(None, ge=0, description="Most times of a `standard` loop.")


class NodeFields(BaseModel):
    """The fields of a node type: subclass it, name the type in a ``type`` literal, register it in ``NODE_TYPES``.

    ``description`` is shown in Airflow's graph as the task's documentation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type_name: ClassVar[str]

    id: Identifier = Field(description="Identifies the node; the task id in Airflow.")
    name: str = Field("", max_length=250, description="What people see in the graph; the id where absent.")
    description: str = Field("", description="Markdown, shown as the task's documentation.")
    lane: str = Field("", max_length=250, description="Whose part of the drawing it stands in.")
    repeat: Repeat | None = Field(None, description="How often it runs each time it is reached; once where absent.")
    join: Literal["", "any", "all"] = Field(
        "",
        description="What it waits for where several edges enter: `all` of them, or `any`: every path that is still "
        "alive. Needed only where both readings make sense.",
    )

    @property
    def splits(self) -> str:
        """How the node chooses among the edges that leave it.

        ``all`` takes every one; ``exclusive`` the first, ``inclusive`` every one whose condition is true; ``choice``
        those of a person's answer; ``outcome`` those of what happened.
        """
        return "all"

    def variables_set(self) -> frozenset[str]:
        """Return the names of the process variables that the node sets when it is done."""
        return frozenset()

    @property
    def brings_variables(self) -> bool:
        """Whether the node may set any variable, since what it waits for brings some."""
        return False

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield each string that holds expressions, with how to read it."""
        yield from _marked_strings(self)

    def to_task(self) -> TaskSpec:
        """Return the task that does the node's work, without its place in the flow; flow nodes do no work."""
        return TaskSpec(task_id=self.id, operator=EMPTY_OPERATOR)


class Activity(NodeFields):
    """A node that does work: it can time out, be tried again and set variables."""

    default_timeout_seconds: ClassVar[float]
    default_retries: ClassVar[int]

    timeout_seconds: float | None = Field(
        None, gt=0, le=31_536_000, description="Seconds of one attempt after which it is stopped and fails."
    )
    retries: int | None = Field(None, ge=0, le=100, description="How many attempts follow a failed one.")
    retry_delay_seconds: float = Field(60, ge=0, le=86_400, description="Seconds between two attempts.")
    priority: int = Field(1, ge=1, le=1000, description="Greater runs first when slots are short.")
    queue: str | None = Field(None, max_length=256, description="Celery queue of the workers that may run it.")
    pool: str | None = Field(None, max_length=256, description="Airflow pool that limits how many run at once.")
    outputs: Annotated[dict[VariableName, str], Marker.EXPRESSION] = Field(
        default_factory=dict, description="Variables it sets: name -> expression over the fields of its result."
    )

    @property
    def effective_timeout_seconds(self) -> float:
        """The node's own time-out, else its type's."""
        return self.default_timeout_seconds if self.timeout_seconds is None else self.timeout_seconds

    def variables_set(self) -> frozenset[str]:
        """Return the names in ``outputs``."""
        return frozenset(self.outputs)

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expressions over process variables; ``outputs`` reads the node's own result instead."""
        yield from _marked_strings(self, skip=("outputs",))

    def work_task(self, operator: str, arguments: Mapping[str, Any]) -> TaskSpec:
        """Return a task with the activity's time-out, retries and outputs.

        :param arguments: the operator's arguments; those that are ``None`` or empty are left out.
        """
        given = {name: value for name, value in arguments.items() if value not in (None, {}, [], "")}
        if self.outputs:
            given["outputs"] = dict(self.outputs)
        return TaskSpec(
            task_id=self.id,
            operator=operator,
            arguments=given,
            timeout_seconds=self.effective_timeout_seconds,
            retries=self.default_retries if self.retries is None else self.retries,
            retry_delay_seconds=self.retry_delay_seconds,
            priority=self.priority,
            queue=self.queue,
            pool=self.pool,
        )


NODE_TYPES: Registry[type[NodeFields]] = Registry(
    "node type", package="dag_factory.nodes", entry_point_group="airflow_ops.node_types"
)


def node_type(name: str) -> Any:
    """Return a decorator that registers a ``NodeFields`` subclass under ``name`` and tells it its name."""

    def decorate(cls: type[NodeFields]) -> type[NodeFields]:
        cls.type_name = name
        return NODE_TYPES.register(name)(cls)

    return decorate


def _marked_strings(model: BaseModel, skip: tuple[str, ...] = ()) -> Iterator[tuple[Marker, str]]:
    for name, marker in _markers(type(model)):
        value = getattr(model, name)
        if not value or name in skip:
            continue
        if marker is not None:
            yield from ((marker, text) for text in _strings(value))
        else:
            for inner in _models(value):
                yield from _marked_strings(inner)


@cache
def _markers(model: type[BaseModel]) -> tuple[tuple[str, Marker | None], ...]:
    """Return name and marker of each field that can hold expressions, also of one that may be ``None``."""
    found = (
        (name, next(_find_markers((*field.metadata, field.annotation)), None), field.annotation)
        for name, field in model.model_fields.items()
    )
    return tuple((name, marker) for name, marker, kind in found if marker is not None or kind not in _PLAIN)


_PLAIN = (str, int, float, bool)


def _find_markers(parts: Iterable[Any]) -> Iterator[Marker]:
    for part in parts:
        if isinstance(part, Marker):
            yield part
        elif get_origin(part) in (Annotated, Union, UnionType):
            yield from _find_markers(get_args(part) if get_origin(part) is not Annotated else part.__metadata__)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, NodeFields):
        return
    if isinstance(value, BaseModel):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _models(item)
