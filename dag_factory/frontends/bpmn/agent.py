"""The agent that an activity asks for: from extensions of BPMN to the words of the node types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dag_factory.frontends.bpmn.expression_text import literal_text
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.namespaces import Element
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.vendors.value_lists import split_names
from dag_factory.nodes.agent import NODE, AgentActivity, AgentRequirement
from dag_factory.nodes.manual import ManualNode

_LISTS = ("skills", "agents", "groups", "prefer", "exclude")
_WORDS = {"true": True, "false": False}


def with_agent(node: FlowElement, reading: Reading, fields: AgentActivity) -> AgentActivity:
    """Return ``fields`` with the agent that the element or, by default, its process asks for.

    A lane is a group of people to a user task, see ``read_user_task``; an executor with its name goes first.
    """
    agent = _own(node, reading)
    fields = fields.model_copy(update={"agent": agent}).with_default_agent(_default(fields.type_name, reading))
    if fields.agent and node.lane and not isinstance(fields, ManualNode):
        prefer = [*fields.agent.prefer, literal_text(node.lane)]
        fields = fields.model_copy(update={"agent": fields.agent.model_copy(update={"prefer": prefer})})
    return fields


def _own(node: FlowElement, reading: Reading) -> AgentRequirement | bool | None:
    given = reading.first(lambda vendor: vendor.agents(node.element).get(""))
    if given is None:
        return None
    asks = given.get("agent", "true").strip().lower()
    if _WORDS.get(asks) is False:
        return False
    return _requirement(given, node.element, reading)


def _default(type_name: str, reading: Reading) -> AgentRequirement | None:
    given = reading.default_agents.get(type_name)
    return _requirement(given, reading.process, reading) if given else None


def _requirement(given: Mapping[str, str], element: Element, reading: Reading) -> AgentRequirement | None:
    """Return what ``given`` asks for; ``None`` with an error where it cannot be read."""
    values: dict[str, Any] = {
        name: split_names(text) if name in _LISTS else text.strip() for name, text in given.items() if name != "agent"
    }
    if "exclude" in values:
        values["exclude"] = [_with_task_id(item, reading) for item in values["exclude"]]
    try:
        return AgentRequirement.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = "there is no such field" if first["type"] == "extra_forbidden" else first["msg"]
        reading.findings.error(
            "DF133",
            element,
            f"asks for an agent in a way that cannot be read: {first['loc'][0]}: {problem}",
            "the fields of an agent are in docs/bpmn.md",
        )
        return None


def _with_task_id(exclusion: str, reading: Reading) -> str:
    """Return ``node:<id in the file>`` with the task id; any other exclusion as it is."""
    if not exclusion.startswith(NODE):
        return exclusion
    found = reading.index.find(exclusion.removeprefix(NODE).strip())
    return f"{NODE}{found.id}" if found else exclusion
