"""Agents that BPMN files ask for: by our own extension, by the properties of Camunda and Zeebe, by lanes and groups."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import pytest
from bpmn_text import between, codes, document, flow, messages, node_of, process, read

from dag_factory.frontends.read_result import ReadResult
from dag_factory.nodes.agent import AgentActivity

OPS = 'xmlns:ops="urn:airflow-ops:bpmn"'


def asked(result: ReadResult, node_id: str = "x") -> object:
    fields = node_of(result, node_id).fields
    assert isinstance(fields, AgentActivity)
    return fields.agent_argument()


def with_ops(body: str, process_extension: str = "") -> ReadResult:
    extensions = f"<extensionElements>{process_extension}</extensionElements>" if process_extension else ""
    text = document(process(extensions + body)).replace(b"<definitions", f"<definitions {OPS}".encode(), 1)
    return read(text)


def script(extension: str = "", name: str = "x") -> str:
    return (
        f'<scriptTask id="{name}" scriptFormat="bash"><extensionElements>{extension}</extensionElements>'
        "<script>true</script></scriptTask>"
    )


def test_an_element_without_words_about_agents_asks_for_none() -> None:
    assert asked(read(between(script()))) is None


@pytest.mark.parametrize("vendor", ["camunda", "zeebe"])
def test_properties_of_an_editor_ask_for_an_agent(vendor: str) -> None:
    given = {"agent.skills": "netops>=3, linux", "agent.priority": "8", "agent.exclude": "requester"}
    properties = "".join(
        f'<{vendor}:property name="{name}" value="{value.replace(">", "&gt;")}"/>' for name, value in given.items()
    )
    result = read(between(script(f"<{vendor}:properties>{properties}</{vendor}:properties>")))
    assert codes(result) == []
    assert asked(result) == {
        "kind": "docker_host",
        "skills": {"linux": 1, "netops": 3},
        "priority": 8,
        "exclude": ["requester"],
    }


def test_our_own_extension_asks_for_an_agent() -> None:
    result = with_ops(between(script('<ops:agent skills="netops>=3" strategy="weighted" kind="worker_queue"/>')))
    assert codes(result) == []
    assert asked(result) == {"kind": "worker_queue", "skills": {"netops": 3}, "strategy": "weighted"}


def test_a_process_asks_for_all_its_activities_of_a_type_but_those_that_refuse() -> None:
    refuses = '<camunda:properties><camunda:property name="agent" value="false"/></camunda:properties>'
    body = between(script()) + script(refuses, "y") + flow("x", "y")
    result = with_ops(body, '<ops:agent for="script" skills="linux"/>')
    assert asked(result) == {"kind": "docker_host", "skills": {"linux": 1}}
    assert asked(result, "y") is None


def test_candidates_and_the_lane_of_a_user_task_are_those_who_may_be_asked() -> None:
    task = '<userTask id="x" camunda:candidateUsers="ann,bob" camunda:candidateGroups="dba"><extensionElements><ops:agent quorum="2"/></extensionElements></userTask>'
    assert asked(with_ops(between(task))) == {
        "kind": "person",
        "agents": ["ann", "bob"],
        "groups": ["dba"],
        "quorum": 2,
        "seats": 2,
    }
    lane = '<laneSet><lane name="Night shift"><flowNodeRef>x</flowNodeRef></lane></laneSet>'
    task = '<userTask id="x"><extensionElements><ops:agent/></extensionElements></userTask>'
    assert asked(with_ops(lane + between(task))) == {"kind": "person", "groups": ["Night shift"]}


def test_an_executor_with_the_name_of_the_lane_goes_first() -> None:
    lane = '<laneSet><lane name="dmz"><flowNodeRef>x</flowNodeRef></lane></laneSet>'
    assert asked(with_ops(lane + between(script("<ops:agent/>")))) == {"kind": "docker_host", "prefer": ["dmz"]}


def test_an_exclusion_names_an_element_by_its_id_in_the_file() -> None:
    first = '<userTask id="first.approval"><extensionElements><ops:agent/></extensionElements></userTask>'
    second = '<userTask id="x"><extensionElements><ops:agent exclude="node:first.approval, requester"/></extensionElements></userTask>'
    fields = node_of(with_ops(between(second).replace("<endEvent", f"{first}<endEvent"))).fields
    assert isinstance(fields, AgentActivity)
    assert fields.agent
    assert fields.agent.excluded_nodes() == ("first_approval",)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [('skills="netops is good"', "skills"), ('quorum="many"', "quorum"), ('skill="netops"', "no such field")],
)
def test_an_agent_that_cannot_be_read_is_an_error_that_names_the_field(attributes: str, words: str) -> None:
    result = with_ops(between(script(f"<ops:agent {attributes}/>")))
    assert codes(result) == ["DF133"]
    assert words in messages(result)
