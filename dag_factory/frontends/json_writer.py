"""A process as a JSON template: reading that gives an equal process."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow, Variable
from dag_factory.nodes.parallel import ParallelNode

_CONSTRAINTS = {"minLength": "min_length", "maxLength": "max_length"}
_IN_PLACE = {"id", "type", "nodes", "edges", "children"}


def process_to_json(process: Process) -> dict[str, Any]:
    """Return the template that ``process`` comes from, or could come from; what has its default is left out."""
    head: dict[str, Any] = {
        "id": process.id,
        "name": process.name or process.id,
        "description": process.documentation,
        "version": process.version,
        "tags": list(process.tags),
        "semantics": "bpmn" if process.join_is_explicit else "template",
        "triggers": _triggers(process.schedule),
        "variables": [_variable(item) for item in process.variables],
        "result": process.result or {},
        "timeout_seconds": process.timeout_seconds,
        "max_active_runs": process.max_active_runs,
    }
    defaults = {"description": "", "version": "1.0", "semantics": "template"}
    kept = {key: value for key, value in head.items() if value not in ([], {}, None) and value != defaults.get(key)}
    return kept | _scope(process.scope)


def _scope(scope: Scope) -> dict[str, Any]:
    return {"nodes": [_node(node) for node in scope.nodes], "edges": [_edge(flow) for flow in scope.flows]}


def _node(node: FlowNode) -> dict[str, Any]:
    given = node.fields.model_dump(mode="json", exclude_defaults=True, exclude=_IN_PLACE)
    made = {"id": node.id, "type": node.fields.type_name, **given}
    if node.join:
        made["join"] = node.join
    if node.lane:
        made["lane"] = node.lane
    if node.repetition:
        defaults = {"item": "item", "is_tested_before": False}
        made["repeat"] = {
            key: value
            for key, value in asdict(node.repetition).items()
            if value is not None and value != defaults.get(key)
        }
    if node.scope and isinstance(node.fields, ParallelNode):
        made["children"] = [_node(child) for child in node.scope.nodes]
    elif node.scope:
        kind = {} if node.scope.kind == "embedded" else {"kind": node.scope.kind}
        made |= kind | _scope(node.scope)
    return made


def _edge(flow: SequenceFlow) -> dict[str, Any]:
    made = {
        "from": flow.source,
        "to": flow.target,
        "name": flow.name,
        "condition": flow.condition,
        "choice": flow.choice,
        "default": flow.is_default,
    }
    return {key: value for key, value in made.items() if value not in ("", None, False)}


def _variable(variable: Variable) -> dict[str, Any]:
    constraints = {_CONSTRAINTS.get(key, key): value for key, value in (variable.constraints or {}).items()}
    made = {
        "name": variable.name,
        "type": variable.type,
        "title": variable.title,
        "description": variable.description,
        "default": variable.default,
        "required": variable.is_required,
        "choices": list(variable.choices),
        **constraints,
    }
    return {
        key: value
        for key, value in made.items()
        if (value is not None if key == "default" else value not in ("", None, [], False))
    }


def _triggers(schedule: ScheduleSpec) -> list[dict[str, Any]]:
    times = {key: value for key, value in (("start_date", schedule.start_date), ("catchup", schedule.catchup)) if value}
    made: list[dict[str, Any]] = [
        {"type": "cron", "cron": cron, "timezone": schedule.timezone, **times} for cron in schedule.crons
    ]
    if schedule.interval_seconds is not None:
        made.append({"type": "interval", "every": schedule.interval_seconds, **times})
    if schedule.assets:
        made.append({"type": "asset", "assets": list(schedule.assets)})
    made += [_message(queue) for queue in schedule.message_queues]
    return made


def _message(queue: Any) -> dict[str, Any]:
    made = {"type": "message", **{key: queue[key] for key in ("name", "queue", "connection") if queue.get(key)}}
    return made
