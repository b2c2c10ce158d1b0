"""A ``DagSpec`` as plain text: what runs, after what, for how long, with which retries."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.dag_spec import DagSpec, ScheduleSpec, TaskSpec


def to_text(spec: DagSpec) -> str:
    """Return ``spec`` for a person to read, without the operators' arguments."""
    return "\n".join(_lines(spec))


def _lines(spec: DagSpec) -> Iterator[str]:
    yield f"Dag {spec.dag_id}" + (f" ({spec.display_name})" if spec.display_name else "")
    if spec.description:
        yield f"  {' '.join(spec.description.split())}"
    yield f"  template   {spec.template} version {spec.template_version}"
    yield f"  starts     {_schedule(spec.schedule)}"
    if spec.tags:
        yield f"  tags       {', '.join(spec.tags)}"
    for param in spec.params:
        default = "required" if param.is_required else f"default {param.default!r}"
        yield f"  parameter  {param.name}: {param.schema.get('type', 'any')}, {default}"
    for task in spec.tasks:
        yield from _task(spec, task)


def _task(spec: DagSpec, task: TaskSpec) -> Iterator[str]:
    name = f" ({task.display_name})" if task.display_name and task.display_name != task.task_id else ""
    yield f"  task       {task.task_id}{name}: {task.operator.rpartition('.')[2]}{_limits(task)}"
    for edge in spec.edges:
        if edge.downstream == task.task_id:
            yield f"               after {edge.upstream}" + (f" [{edge.label}]" if edge.label else "")


def _limits(task: TaskSpec) -> str:
    limits = []
    if task.timeout_seconds is not None:
        limits.append(f"timeout {task.timeout_seconds:g} s")
    if task.retries:
        limits.append(f"{task.retries} retries")
    if task.trigger_rule != "all_success":
        limits.append(task.trigger_rule)
    if task.map:
        limits.append(f"one for each item of {task.map.over}")
    return "".join(f", {limit}" for limit in limits)


def _schedule(schedule: ScheduleSpec) -> str:
    parts = [f"cron {cron} ({schedule.timezone})" for cron in schedule.crons]
    if schedule.interval_seconds is not None:
        parts.append(f"every {schedule.interval_seconds:g} s")
    parts += [f"asset {asset}" for asset in schedule.assets]
    parts += [f"messages of {queue.get('name', queue.get('scheme', 'a queue'))}" for queue in schedule.message_queues]
    return ", ".join(parts) or "only when triggered"
