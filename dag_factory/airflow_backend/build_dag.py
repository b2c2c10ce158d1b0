"""build_dag: from a DagSpec, which is plain data, to the Dag that Airflow runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Label, Param, TaskGroup
from airflow.sdk.definitions.mappedoperator import MappedOperator

from dag_factory.airflow_backend.schedule import build_schedule
from dag_factory.airflow_backend.template_dag import TemplateDag
from dag_factory.dag_spec import DagSpec, EdgeSpec, GroupSpec, ParamSpec, TaskSpec
from dag_factory.errors import DagFactoryError

Operator = BaseOperator | MappedOperator


ORIGIN_KEY = "compiled_from"
"""Key of the Dag's ``default_args`` under which it says what it was compiled from; no operator has such an argument."""


class DagBuildError(DagFactoryError):
    """A DagSpec names what this installation lacks, or what an operator refuses."""


def build_dag(spec: DagSpec, source_path: Path | None = None, content_hash: str = "") -> TemplateDag:
    """Return the Dag that ``spec`` describes. The same spec always serializes to the same bytes.

    :param source_path: the file that Airflow's source view shows; ``None`` for the Python file that is being parsed.
    :param content_hash: that of ``spec``, where the caller knows it already.
    :raises DagBuildError: an operator cannot be imported or refuses its arguments, or Airflow refuses the Dag.
    """
    dag = _build_empty_dag(spec, content_hash or spec.content_hash)
    dag.source_path = source_path
    groups = _build_groups(spec.groups, dag)
    tasks: dict[str, Operator] = {}
    for task in _in_mapping_order(spec.tasks):
        tasks[task.task_id] = _build_task(task, dag, groups, tasks)
    for edge in spec.edges:
        _connect(edge, tasks)
    return dag


def import_named(path: str) -> Any:
    """Return the object at dotted ``path``.

    :raises DagBuildError: there is none.
    """
    module_name, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise DagBuildError(f"cannot import {path}: {error}") from error


def _build_empty_dag(spec: DagSpec, content_hash: str) -> TemplateDag:
    options: dict[str, Any] = {}
    if spec.max_active_runs is not None:
        options["max_active_runs"] = spec.max_active_runs
    if spec.part_of:
        options["is_paused_upon_creation"] = False
    if spec.timeout_seconds is not None:
        options["dagrun_timeout"] = timedelta(seconds=spec.timeout_seconds)
    try:
        return TemplateDag(
            spec.dag_id,
            dag_display_name=spec.display_name or spec.dag_id,
            description=spec.description or None,
            doc_md=_as_text_not_path(spec.doc_md),
            tags=list(spec.tags),
            schedule=build_schedule(spec.schedule, spec.dag_id),
            start_date=_parse_instant(spec.schedule.start_date),
            catchup=spec.schedule.catchup,
            params={param.name: _build_param(param) for param in spec.params},
            default_args={ORIGIN_KEY: _describe_origin(spec, content_hash)},
            **options,
        )
    except Exception as error:  # Airflow's checks raise whatever their authors chose
        raise DagBuildError(f"Airflow refuses the Dag {spec.dag_id!r}: {_describe(error)}") from error


def _describe_origin(spec: DagSpec, content_hash: str) -> dict[str, str]:
    """Return the template's name and version and the spec's hash.

    Airflow does not serialize most arguments of operators. Without the hash an edit of, say, a condition would leave
    the serialized Dag as it was, and Airflow would then move runs that are under way to the edited template.
    """
    return {"template": spec.template, "version": spec.template_version, "spec": content_hash}


def _build_param(spec: ParamSpec) -> Param:
    if spec.is_required:
        return Param(description=spec.description or None, schema=dict(spec.schema))
    schema = dict(spec.schema) if spec.default is not None else _allow_null(spec.schema)
    return Param(spec.default, description=spec.description or None, schema=schema)


def _allow_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``schema`` widened so that it takes ``null``, which stands for a value that nobody has given."""
    widened = dict(schema)
    if "type" in widened:
        types = widened["type"] if isinstance(widened["type"], list) else [widened["type"]]
        widened["type"] = types if "null" in types else [*types, "null"]
    if "enum" in widened and None not in widened["enum"]:
        widened["enum"] = [*widened["enum"], None]
    return widened


def _build_groups(specs: tuple[GroupSpec, ...], dag: TemplateDag) -> dict[str, TaskGroup]:
    """Return the groups by id; a parent may stand after its children."""
    by_id = {spec.group_id: spec for spec in specs}
    groups: dict[str, TaskGroup] = {}

    def build(spec: GroupSpec) -> TaskGroup:
        if spec.group_id not in groups:
            parent = build(by_id[spec.parent]) if spec.parent else dag.task_group
            groups[spec.group_id] = TaskGroup(
                spec.group_id,
                group_display_name=spec.label,
                tooltip=spec.tooltip,
                prefix_group_id=False,
                parent_group=parent,
                dag=dag,
            )
        return groups[spec.group_id]

    for spec in specs:
        build(spec)
    return groups


def _in_mapping_order(specs: tuple[TaskSpec, ...]) -> list[TaskSpec]:
    """Return the tasks in their order, but a mapped one after the task that makes its list."""
    return sorted(specs, key=lambda spec: spec.map is not None)


def _build_task(
    spec: TaskSpec, dag: TemplateDag, groups: Mapping[str, TaskGroup], built: Mapping[str, Operator]
) -> Operator:
    operator = import_named(spec.operator)
    options = _airflow_options(spec)
    options["dag"] = dag
    options["task_group"] = groups[spec.group] if spec.group else dag.task_group
    try:
        if spec.map is None:
            task: Operator = operator(**options, **spec.arguments)
        else:
            options["max_active_tis_per_dagrun"] = spec.map.max_concurrency
            partial = operator.partial(**options, **spec.arguments)
            task = partial.expand(**{spec.map.argument: built[spec.map.over].output})
    except Exception as error:  # an operator's constructor raises whatever its author chose
        message = f"Dag {dag.dag_id!r}: {spec.operator} refuses task {spec.task_id!r}: {_describe(error)}"
        raise DagBuildError(message) from error
    return task


def _airflow_options(spec: TaskSpec) -> dict[str, Any]:
    """Return the keyword arguments that every operator takes; what the spec leaves open is left to Airflow."""
    options: dict[str, Any] = {
        "task_id": spec.task_id,
        "trigger_rule": spec.trigger_rule,
        "retries": spec.retries,
        "retry_delay": timedelta(seconds=spec.retry_delay_seconds),
        "priority_weight": spec.priority,
        "weight_rule": "absolute",
    }
    if spec.display_name:
        options["task_display_name"] = spec.display_name
    if spec.doc_md:
        options["doc_md"] = spec.doc_md
    if spec.timeout_seconds is not None:
        options["execution_timeout"] = timedelta(seconds=spec.timeout_seconds)
    if spec.retry_policy:
        options["retry_policy"] = import_named(spec.retry_policy)()
    if spec.queue:
        options["queue"] = spec.queue
    if spec.pool:
        options["pool"] = spec.pool
    return options


def _connect(edge: EdgeSpec, tasks: Mapping[str, Operator]) -> None:
    label = Label(edge.label) if edge.label else None
    tasks[edge.upstream].set_downstream(tasks[edge.downstream], edge_modifier=label)


def _parse_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _as_text_not_path(doc_md: str) -> str | None:
    """Return ``doc_md`` so that Airflow never takes it for a path: it opens a text that ends in ``.md`` as a file."""
    if not doc_md:
        return None
    return f"{doc_md}\n" if doc_md.endswith(".md") else doc_md


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
