"""An agent's description from the arguments of a command, and from and to YAML."""

from __future__ import annotations

import argparse
from typing import Any

import yaml
from pydantic import ValidationError

from airflow_ops_plugin.agents.schemas import AgentBody, ImportBody
from airflow_ops_plugin.errors import InvalidRequestError

_PLAIN = (
    "login",
    "description",
    "capacity",
    "weight",
    "time_zone",
    "heartbeat_timeout_seconds",
)


class DescriptionError(InvalidRequestError):
    """An argument, or a line of the file, does not describe an agent."""


def body_from_arguments(args: argparse.Namespace, known: AgentBody | None = None) -> AgentBody:
    """Return the description that the arguments of ``add`` give, or that those of ``set`` make of a known one.

    :raises DescriptionError: a value cannot be used.
    """
    given: dict[str, Any] = known.model_dump() if known else {"name": args.name, "kind": args.kind}
    given |= {} if known else {"address": args.address}
    given |= {name: value for name in _PLAIN if (value := getattr(args, name)) is not None}
    skills = {**given.get("skills", {}), **_skills(args.skills or [])}
    labels = [*given.get("labels", []), *(args.labels or [])]
    given["skills"] = {name: level for name, level in skills.items() if name not in getattr(args, "without_skill", ())}
    given["labels"] = [label for label in dict.fromkeys(labels) if label not in getattr(args, "without_label", ())]
    if args.dag_ids is not None:
        given["dag_ids"] = args.dag_ids
    try:
        return AgentBody.model_validate(given)
    except ValidationError as error:
        raise DescriptionError(_told(error)) from error


def read_agents(text: str) -> list[AgentBody]:
    """Return the agents of a YAML text.

    :raises DescriptionError: it is no YAML, or does not describe agents.
    """
    try:
        return ImportBody.model_validate(yaml.safe_load(text)).agents
    except yaml.YAMLError as error:
        raise DescriptionError(f"not YAML: {error}") from error
    except ValidationError as error:
        raise DescriptionError(_told(error)) from error


def write_agents(agents: list[AgentBody]) -> str:
    """Return YAML that ``read_agents`` takes: what is as usual is left out."""
    described = [agent.model_dump(mode="json", exclude_defaults=True) for agent in agents]
    return str(yaml.safe_dump({"agents": described}, sort_keys=False, allow_unicode=True))


def _skills(texts: list[str]) -> dict[str, int]:
    found = {}
    for text in texts:
        name, _, level = text.partition("=")
        if not level.isdigit():
            raise DescriptionError(f"{text!r} is no skill with a level; write it such as netops=3")
        found[name] = int(level)
    return found


def _told(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    return "; ".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg'].removeprefix('Value error, ')}" for item in found
    )
