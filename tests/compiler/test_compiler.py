"""The compiler as a whole: what templates become, and what it says about wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dag_factory.compiler import CompiledTemplate, TemplateSource, check_together, compile_template
from dag_factory.dag_spec import DagSpec

LIBRARY = Path(__file__).parents[2] / "templates"
START, END = {"id": "start", "type": "start"}, {"id": "end", "type": "end"}


def compiled(nodes: list[dict[str, Any]], edges: list[tuple[Any, ...]], **more: Any) -> CompiledTemplate:
    drawn = [{"from": edge[0], "to": edge[1], **(edge[2] if len(edge) > 2 else {})} for edge in edges]
    text = json.dumps({"name": "T", "nodes": nodes, "edges": drawn, **more}, indent=1)
    return compile_template(TemplateSource("t.json", text.encode()))


def codes(result: CompiledTemplate) -> list[str]:
    return [item.code for item in result.diagnostics]


def script(node_id: str, text: str = "true", **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "script", "script": text, **more}


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.*")), ids=lambda path: path.name)
def test_every_template_of_the_library_compiles_without_a_finding(path: Path) -> None:
    result = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))
    assert [item.render(path.name) for item in result.diagnostics] == []
    assert result.dags
    assert all(DagSpec.from_json(dag.to_json()) == dag for dag in result.dags)


def test_a_flow_that_a_decision_may_leave_untaken_gets_a_task_where_paths_meet() -> None:
    variables = [{"name": "n", "type": "integer", "default": 1}]
    result = compiled(
        [START, {"id": "big", "type": "decision"}, script("clean"), END],
        [
            ("start", "big"),
            ("big", "clean", {"condition": "n > 3"}),
            ("big", "end", {"default": True}),
            ("clean", "end"),
        ],
        variables=variables,
    )
    tasks = {task.task_id: task for task in result.dags[0].tasks}
    assert tasks["big"].arguments["branches"] == [{"condition": "n > 3", "target": "clean", "label": "n > 3"}]
    assert tasks["big"].arguments["default"]["target"] == "big.to.end"
    assert tasks["end"].trigger_rule == "none_failed_min_one_success"


def test_a_loop_becomes_a_dag_of_its_own_that_takes_and_gives_its_variables() -> None:
    result = compiled(
        [START, script("count", "echo $n", outputs={"n": "result.n"}), {"id": "enough", "type": "decision"}, END],
        [
            ("start", "count"),
            ("count", "enough"),
            ("enough", "end", {"condition": "n >= 3"}),
            ("enough", "count", {"default": True}),
        ],
        variables=[{"name": "n", "type": "integer", "default": 0}],
    )
    assert codes(result) == []
    outer, body = result.dags
    loop = next(task for task in outer.tasks if task.operator.endswith("LoopOperator"))
    assert (loop.arguments["dag_id"], loop.arguments["inputs"], loop.arguments["sets"]) == (body.dag_id, ["n"], ["n"])
    assert body.part_of == outer.dag_id
    assert next(task for task in body.tasks if task.task_id == "count").arguments["pass_variables"] == ["n"]


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ([START, script("a"), script("a"), END], [("start", "a"), ("a", "end")], "DF101"),
        ([START, script("a")], [("start", "b")], "DF102"),
        ([START, script("a"), script("lost")], [("start", "a")], "DF103"),
        ([script("a"), script("b")], [("a", "b"), ("b", "a")], "DF104"),
        ([START, script("a"), script("b")], [("start", "a"), ("a", "b"), ("b", "a")], "DF105"),
        ([START, END, script("a")], [("start", "end"), ("end", "a")], "DF108"),
        (
            [START, {"id": "d", "type": "decision"}, END],
            [("start", "d"), ("d", "end", {"condition": "1 > 0"})],
            "DF200",
        ),
        (
            [START, {"id": "d", "type": "decision"}, END, script("a")],
            [("start", "d"), ("d", "end"), ("d", "a")],
            "DF201",
        ),
        ([START, script("a"), END], [("start", "a"), ("a", "end", {"choice": "Approve"})], "DF202"),
        ([START, script("a", environment={"A": "${x +}"})], [("start", "a")], "DF300"),
        ([START, script("a", environment={"A": "${nobody}"})], [("start", "a")], "DF301"),
    ],
)
def test_each_mistake_has_its_code_and_keeps_the_template_from_becoming_a_dag(
    nodes: list[dict[str, Any]], edges: list[tuple[Any, ...]], code: str
) -> None:
    result = compiled(nodes, edges)
    assert code in codes(result)
    assert result.dags == ()
    assert all(item.line is not None for item in result.diagnostics)


def test_two_templates_with_one_dag_id_are_both_named() -> None:
    text = b'{"id": "same", "name": "T", "nodes": [{"id": "a", "type": "start"}], "edges": []}'
    both = {name: compile_template(TemplateSource(name, text)) for name in ("a.json", "b.json")}
    found = check_together(both)
    assert "b.json" in found["a.json"][0].message
    assert "a.json" in found["b.json"][0].message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe{}", "DF005"),
        (b'{"a": ', "DF001"),
        (b"[" * 100_000, "DF004"),
        (b'{"a": NaN}', "DF002"),
        (b'{"name": "x", "name": "y", "nodes": [], "edges": []}', "DF006"),
        (b" " * 6_000_000, "DF004"),
    ],
)
def test_hostile_json_gets_a_diagnostic(content: bytes, code: str) -> None:
    assert [item.code for item in compile_template(TemplateSource("x.json", content)).diagnostics] == [code]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a\0b", "link", "missing"])
def test_a_script_file_is_read_from_the_templates_own_folder_only(tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    node = {"id": "a", "type": "script", "file": name}
    text = json.dumps({"name": "T", "nodes": [node], "edges": []}).encode()
    result = compile_template(TemplateSource("t.json", text, tmp_path))
    assert codes(result)[0] in ("DF005", "DF112")
    assert result.dags == ()


def test_a_wait_gets_the_variables_of_its_duration() -> None:
    pause = {"id": "pause", "type": "wait", "duration": "${patience}"}
    variables = [{"name": "patience", "default": "PT1S"}]
    result = compiled([START, pause, END], [("start", "pause"), ("pause", "end")], variables=variables)
    [task] = [task for task in result.dags[0].tasks if task.task_id == "pause"]
    assert task.arguments["variables"] == {"patience": []}


def test_parallel_paths_may_meet_in_a_node_whose_id_ends_like_that_of_a_loop_body() -> None:
    nodes = [START, script("a"), script("b"), script("all_done"), END]
    edges = [("start", "a"), ("start", "b"), ("a", "all_done"), ("b", "all_done"), ("all_done", "end")]
    result = compiled(nodes, edges)
    assert codes(result) == []
    assert {task.operator.rpartition(".")[2] for task in result.dags[0].tasks} == {"ScriptOperator", "EmptyOperator"}


@pytest.mark.parametrize(
    ("written", "remedy"),
    [("scirpt", "write 'script'"), ("unknown", "write one of api_call, call, decision, end,")],
)
def test_an_unknown_node_type_is_answered_with_the_one_that_was_meant(written: str, remedy: str) -> None:
    (found,) = compiled([{"id": "x", "type": written}], []).diagnostics
    assert (found.code, found.message) == ("DF100", f"node 'x', nodes[0]: unknown type {written!r}")
    assert found.remedy.startswith(remedy)
    assert "complex_gateway" not in found.remedy


def test_the_trigger_form_lets_only_texts_with_an_empty_default_be_empty() -> None:
    variables = [
        {"name": "folder", "default": ""},
        {"name": "host", "default": "web-01"},
        {"name": "note"},
        {"name": "owner", "required": True},
    ]
    (dag,) = compiled([{"id": "x", "type": "task"}], [], variables=variables).dags
    assert {param.name: param.schema["type"] for param in dag.params} == {
        "folder": ["null", "string"],
        "host": "string",
        "note": ["null", "string"],
        "owner": "string",
    }
