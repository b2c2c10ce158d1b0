"""DagSpec: a Dag as plain data, with canonical JSON and a content hash. Knows nothing of Airflow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSpec:
    """A run parameter: one variable of the template, shown as a field of Airflow's trigger form.

    :param schema: JSON Schema of the value, as ``airflow.sdk.Param`` takes it (``type``, ``enum``, ``title`` ...).
    :param default: the value where the caller gives none; ignored when ``is_required``.
    """

    name: str
    schema: dict[str, Any]
    default: Any = None
    is_required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """When Airflow starts runs by itself; all empty means only when somebody triggers one.

    :param crons: cron expressions of five fields.
    :param interval_seconds: period between runs; excludes ``crons``.
    :param timezone: IANA name in which ``crons`` are read.
    :param assets: asset URIs; an event on all of them starts a run.
    :param events: asset URIs; an event on any one of them starts a run.
    :param message_queues: one mapping for each asset watcher: ``name``, ``scheme`` (``kafka``, ``redis+pubsub``)
        and the keyword arguments of Airflow's ``MessageQueueTrigger``.
    :param start_date: ISO 8601 instant before which nothing runs.
    :param catchup: whether intervals missed since ``start_date`` are run too.
    """

    crons: tuple[str, ...] = ()
    interval_seconds: float | None = None
    timezone: str = "UTC"
    assets: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    message_queues: tuple[dict[str, Any], ...] = ()
    start_date: str | None = None
    catchup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSpec:
    """One task instance for each item of a list (Airflow's dynamic task mapping).

    :param over: ``task_id`` of the task whose ``return_value`` is the list.
    :param argument: operator argument that receives the item.
    :param max_concurrency: how many may run at once in one Dag run; ``None`` for no limit of its own.
    """

    over: str
    argument: str = "item"
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task.

    :param operator: dotted path of the operator class; imported only when the Dag is built.
    :param arguments: the operator's own keyword arguments, JSON values only.
    :param group: id of the innermost ``GroupSpec`` that holds it; ``None`` at the top.
    :param timeout_seconds: Airflow's ``execution_timeout``; ``None`` for none.
    :param retry_policy: dotted path of a ``RetryPolicy`` class, built without arguments.
    :param priority: 1 (default) or more; greater runs first. Airflow's ``priority_weight``, absolute.
    """

    task_id: str
    operator: str
    arguments: dict[str, Any] = field(default_factory=dict)
    display_name: str = ""
    doc_md: str = ""
    group: str | None = None
    trigger_rule: str = "all_success"
    timeout_seconds: float | None = None
    retries: int = 0
    retry_delay_seconds: float = 60.0
    retry_policy: str | None = None
    priority: int = 1
    queue: str | None = None
    pool: str | None = None
    map: MapSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSpec:
    """``downstream`` waits for ``upstream``; ``label`` is what the graph shows on the arrow."""

    upstream: str
    downstream: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpec:
    """A task group; ``parent`` is the group around it. Task ids carry no group prefix."""

    group_id: str
    label: str = ""
    tooltip: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DagSpec:
    """One Dag, complete: ``airflow_backend.build_dag`` needs nothing else to build it.

    :param template: name of the template file it came from, relative to the templates folder, with ``/``.
    :param template_version: the author's version string.
    :param part_of: the Dag whose tasks start its runs (a loop's body); it is never paused at first.
    """

    dag_id: str
    display_name: str = ""
    description: str = ""
    doc_md: str = ""
    tags: tuple[str, ...] = ()
    template: str = ""
    template_version: str = "1.0"
    schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    params: tuple[ParamSpec, ...] = ()
    groups: tuple[GroupSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    edges: tuple[EdgeSpec, ...] = ()
    timeout_seconds: float | None = None
    max_active_runs: int | None = None
    part_of: str = ""

    def to_json(self) -> str:
        """Return canonical JSON: sorted keys, defaults left out, same value -> same bytes."""
        return json.dumps(_without_defaults(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> DagSpec:
        """Return the value that ``to_json`` wrote.

        :raises TypeError: the text has a key this version does not know.
        """
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DagSpec:
        """Return the value from the decoded form of its JSON."""
        known = dict(data)
        known["schedule"] = _schedule_from_dict(known.get("schedule", {}))
        known["tags"] = tuple(known.get("tags", ()))
        known["params"] = tuple(ParamSpec(**item) for item in known.get("params", ()))
        known["groups"] = tuple(GroupSpec(**item) for item in known.get("groups", ()))
        known["edges"] = tuple(EdgeSpec(**item) for item in known.get("edges", ()))
        known["tasks"] = tuple(_task_from_dict(item) for item in known.get("tasks", ()))
        return cls(**known)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _schedule_from_dict(data: Mapping[str, Any]) -> ScheduleSpec:
    known = dict(data)
    for name in ("crons", "assets", "events", "message_queues"):
        known[name] = tuple(known.get(name, ()))
    return ScheduleSpec(**known)


def _task_from_dict(data: Mapping[str, Any]) -> TaskSpec:
    known = dict(data)
    if known.get("map"):
        known["map"] = MapSpec(**known["map"])
    return TaskSpec(**known)


def _without_defaults(value: Any) -> Any:
    """Return ``value`` as JSON data in which every field that equals its default is absent."""
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    result = {}
    for one in fields(value):
        item = getattr(value, one.name)
        if item == one.default or (item in ({}, ()) and callable(one.default_factory)):
            continue
        converted = _without_defaults(item)
        if converted != {} or isinstance(item, dict):
            result[one.name] = converted
    return result


def as_plain_data(spec: DagSpec) -> dict[str, Any]:
    """Return the whole value with every default spelled out, for people who read it."""
    return asdict(spec)
