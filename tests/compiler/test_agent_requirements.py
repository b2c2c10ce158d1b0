"""Agents that templates ask for: what the operators get, and what is said about requirements that make no sense."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template

START = {"id": "start", "type": "start"}


def compiled(*nodes: dict[str, Any], edges: list[tuple[str, str]] | None = None, **more: Any) -> CompiledTemplate:
    """Compile ``nodes`` one after the other, or with ``edges``."""
    ids = ["start", *(node["id"] for node in nodes)]
    drawn = edges if edges is not None else list(pairwise(ids))
    flows = [{"from": source, "to": target} for source, target in drawn]
    text = json.dumps({"name": "T", "nodes": [START, *nodes], "edges": flows, **more}, indent=1)
    return compile_template(TemplateSource("t.json", text.encode()))


def agent_of(result: CompiledTemplate, task_id: str) -> Any:
    assert [item.render("t") for item in result.diagnostics if item.code.startswith("DF1")] == []
    tasks = {task.task_id: task for dag in result.dags for task in dag.tasks}
    return tasks[task_id].arguments.get("agent")


def script(node_id: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "script", "script": "true", **more}


def manual(node_id: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "manual", "stop_on": [], **more}


def test_a_node_without_an_agent_block_asks_for_none() -> None:
    assert agent_of(compiled(script("a")), "a") is None


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (script("a"), "docker_host"),
        (manual("a"), "person"),
        ({"id": "a", "type": "api_call"}, "worker_queue"),
        ({"id": "a", "type": "sql", "connection": "db", "statement": "select 1"}, "worker_queue"),
    ],
    ids=["script", "manual", "api_call", "sql"],
)
def test_each_type_asks_for_the_kind_of_agent_that_does_it(node: dict[str, Any], kind: str) -> None:
    assert agent_of(compiled({**node, "agent": {}}), "a") == {"kind": kind}


def test_a_requirement_reaches_the_operator_with_levels_and_without_what_is_not_asked_for() -> None:
    asked = {
        "skills": ["netops>=3", "linux"],
        "prefer": ["berlin"],
        "exclude": ["requester", "agent:old-host"],
        "priority": 8,
        "strategy": "weighted",
    }
    assert agent_of(compiled(script("a", agent=asked)), "a") == {
        **asked,
        "kind": "docker_host",
        "skills": {"netops": 3, "linux": 1},
    }


def test_the_default_of_a_template_fills_what_a_node_does_not_say() -> None:
    defaults = {"script": {"skills": ["linux"], "priority": 7}}
    result = compiled(
        script("inherits"), script("adds", agent={"priority": 2}), script("refuses", agent=False), agents=defaults
    )
    assert agent_of(result, "inherits") == {"kind": "docker_host", "skills": {"linux": 1}, "priority": 7}
    assert agent_of(result, "adds") == {"kind": "docker_host", "skills": {"linux": 1}, "priority": 2}
    assert agent_of(result, "refuses") is None


def test_assignees_and_candidate_groups_are_those_of_whom_some_are_asked() -> None:
    variables = [{"name": "owner", "default": "zoe"}]
    node = manual(
        "a",
        assignees=["${owner}", "max"],
        candidate_groups=["dba"],
        agent={"quorum": 2, "of": 3, "agents": ["ann"]},
        stop_on=["Reject"],
    )
    assert agent_of(compiled(node, variables=variables), "a") == {
        "kind": "person",
        "agents": ["ann", "${owner}", "max"],
        "groups": ["dba"],
        "quorum": 2,
        "seats": 3,
        "refusals": ["Reject"],
    }


def test_the_variables_of_a_requirement_are_read_like_those_of_other_texts() -> None:
    result = compiled(script("a", agent={"groups": ["${site}"]}), variables=[{"name": "site", "default": "x"}])
    task = next(task for task in result.dags[0].tasks if task.task_id == "a")
    assert "site" in task.arguments["variables"]


def test_whoever_did_an_earlier_node_can_be_excluded() -> None:
    result = compiled(manual("first", agent={}), manual("second", agent={"exclude": ["node:first"]}))
    assert agent_of(result, "second") == {"kind": "person", "exclude": ["node:first"]}


@pytest.mark.parametrize(
    ("nodes", "edges", "code", "words"),
    [
        ([manual("a", agent={"exclude": ["node:nobody"]})], None, "DF130", "no such node"),
        ([manual("a", agent={"exclude": ["node:a"]})], None, "DF130", "the node itself"),
        ([manual("x"), manual("a", agent={"exclude": ["node:x"]})], None, "DF130", "asks for no agent"),
        (
            [manual("x", agent={}), manual("a", agent={"exclude": ["node:x"]})],
            [("start", "x"), ("start", "a")],
            "DF130",
            "not done before it",
        ),
        ([script("a", agent={"kind": "person"})], None, "DF131", "no person does"),
        ([script("a", agent={}, runner="process")], None, "DF131", "local process"),
        ([script("a", agent={"quorum": 2})], None, "DF131", "only people"),
        ([manual("a", agent={"when_lost": "wait"})], None, "DF131", "only Docker hosts"),
        ([manual("a", agent={"quorum": 3, "of": 2})], None, "DF132", "needs 3 equal answers, but asks 2"),
        ([manual("a", agent={"quorum": 2}, assignees=["ann"])], None, "DF132", "only 1 may be asked"),
        ([manual("a", agent={"quorum": 2}, multiple=True)], None, "DF132", "several at once"),
        ([manual("a", agent={"quorum": 2}, form=[{"name": "f"}])], None, "DF132", "has a form"),
        ([manual("a", agent={"skills": ["netops>3"]})], None, "DF100", "agent"),
        ([manual("a", agent={"skills": ["netops>=9"]})], None, "DF100", "agent"),
        ([manual("a", agent={"exclude": ["everybody"]})], None, "DF100", "agent"),
        ([manual("a", agent={"skill": ["netops"]})], None, "DF100", "no such field"),
    ],
)
def test_a_requirement_that_makes_no_sense_has_a_diagnostic_with_its_line(
    nodes: list[dict[str, Any]], edges: list[tuple[str, str]] | None, code: str, words: str
) -> None:
    result = compiled(*nodes, edges=edges)
    found = next(item for item in result.diagnostics if item.code == code)
    assert words in found.message
    assert found.line is not None
    assert found.remedy
    assert result.dags == ()
