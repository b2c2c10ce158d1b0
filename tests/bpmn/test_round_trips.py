"""BPMN to JSON and back, JSON to BPMN and back: the model stays equal, and the diagram is readable."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bpmn_text import document, flow, only, process, read
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from airflow_ops_plugin.cli.convert_template import ConvertError, convert
from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.frontends.bpmn.reader import read_bpmn
from dag_factory.frontends.bpmn_layout import Box, lay_out
from dag_factory.frontends.bpmn_writer import DC, DI, json_to_bpmn
from dag_factory.frontends.json_template import read_json
from dag_factory.frontends.json_writer import process_to_json
from dag_factory.model.process import FlowNode, Process, Scope

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "templates").glob("*.json"))
SAMPLES = sorted((ROOT.parent / "shared" / "bpmn-samples").glob("*.bpmn"))


def meaning(process: Process) -> Process:
    """Return ``process`` without where its parts stand in a file, and what the file calls its flows."""
    return replace(process, element="", line=None, pointer=None, scope=_meaning(process.scope))


def _meaning(scope: Scope) -> Scope:
    def node(item: FlowNode) -> FlowNode:
        return replace(item, element="", line=None, pointer=None, scope=_meaning(item.scope) if item.scope else None)

    flows = tuple(replace(item, id="", line=None, pointer=None) for item in scope.flows)
    return replace(scope, nodes=tuple(map(node, scope.nodes)), flows=flows)


def from_json(template: dict[str, Any]) -> Process:
    result = read_json("x.json", json.dumps(template).encode(), None)
    assert not result.diagnostics, result.diagnostics
    return result.processes[0]


def from_bpmn(template: dict[str, Any], dag_id: str) -> Process:
    result = read_bpmn("x.bpmn", json_to_bpmn(template, dag_id), None)
    assert not result.diagnostics, result.diagnostics
    return result.processes[0]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_real_file_means_the_same_in_json_and_drawn_anew(path: Path) -> None:
    for process_read in read_bpmn(path.name, path.read_bytes(), None).processes:
        template = process_to_json(process_read)
        assert meaning(from_json(template)) == meaning(process_read)
        assert meaning(from_bpmn(template, process_read.id)) == meaning(process_read)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_template_of_the_library_compiles_to_the_same_dags_from_its_drawing(path: Path, tmp_path: Path) -> None:
    (drawn,), _ = convert(path, to=None, folder=tmp_path)
    one = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))
    assert not one.is_broken
    two = compile_template(TemplateSource(drawn.name, drawn.read_bytes(), path.parent))
    assert [replace(dag, template="", doc_md="") for dag in two.dags] == [
        replace(dag, template="", doc_md="") for dag in one.dags
    ]


NAMES = st.sampled_from("abcdefgh")
GRAPHS = st.lists(st.tuples(NAMES, NAMES, st.sampled_from([None, "${n > 1}", "${n == 2}"])), max_size=20)


@given(GRAPHS)
def test_any_flow_means_the_same_after_both_ways(edges: list[tuple[str, str, str | None]]) -> None:
    tasks = "".join(f'<userTask id="{name}" name="Do {name}"/>' for name in "abcdefgh")
    flows = "".join(
        flow(source, target, text.replace(">", "&gt;") if text else None, id=f"f{number}")
        for number, (source, target, text) in enumerate(edges)
    )
    drawn = only(read(document(process(tasks + flows))))
    template = process_to_json(drawn)
    assert meaning(from_json(template)) == meaning(drawn)
    assert meaning(from_bpmn(template, drawn.id)) == meaning(drawn)
    assert process_to_json(from_bpmn(template, drawn.id)) == template


@given(GRAPHS, st.lists(st.tuples(st.floats(10, 300), st.floats(10, 300)), min_size=8, max_size=8))
def test_nodes_never_overlap_in_a_layout(
    edges: list[tuple[str, str, str | None]], sizes: list[tuple[float, float]]
) -> None:
    named = dict(zip("abcdefgh", sizes, strict=True))
    drawing = lay_out(named, [(source, target) for source, target, _ in edges])
    assert overlaps(list(drawing.boxes.values())) == []
    for box in drawing.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
    assert len(drawing.lines) == len(edges)


@given(GRAPHS)
def test_forward_lines_cross_no_other_node(edges: list[tuple[str, str, str | None]]) -> None:
    forward = [(source, target) for source, target, _ in edges if source < target]
    drawing = lay_out(dict.fromkeys("abcdefgh", (120.0, 80.0)), forward)
    for (source, target), line in zip(forward, drawing.lines, strict=True):
        for name, box in drawing.boxes.items():
            if name not in (source, target):
                assert not any(_cuts(a, b, box) for a, b in pairwise(line)), (source, target, name)


def _cuts(one: tuple[float, float], two: tuple[float, float], box: Box) -> bool:
    left, right = sorted((one[0], two[0]))
    top, bottom = sorted((one[1], two[1]))
    return left < box.x + box.width and right > box.x and top < box.y + box.height and bottom > box.y


def overlaps(boxes: list[Box]) -> list[tuple[Box, Box]]:
    return [
        (one, two)
        for number, one in enumerate(boxes)
        for two in boxes[number + 1 :]
        if one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    ]


def test_every_element_of_a_drawing_has_its_place_in_the_diagram() -> None:
    path = next(path for path in LIBRARY if path.stem == "rolling_patching")
    root = etree.fromstring(json_to_bpmn(json.loads(path.read_text()), "rolling_patching"))
    drawn = {item.get("bpmnElement") for item in root.iter(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge")}
    process_element = root[0]
    expected = {
        item.get("id")
        for item in process_element.iter("{*}*")
        if item.get("id") and item is not process_element and "LoopCharacteristics" not in item.tag
    }
    assert drawn == expected
    assert all(shape.find(f"{{{DC}}}Bounds") is not None for shape in root.iter(f"{{{DI}}}BPMNShape"))


def test_a_drawing_that_was_changed_in_a_modeller_is_read_as_it_is_now() -> None:
    template = {
        "name": "T",
        "nodes": [{"id": "a", "type": "task", "name": "Old"}, {"id": "b", "type": "task"}],
        "edges": [{"from": "a", "to": "b"}],
    }
    text = (
        json_to_bpmn(template, "t")
        .decode()
        .replace('name="Old"', 'name="New"')
        .replace('targetRef="b"', 'targetRef="a"')
    )
    (changed,) = read_bpmn("x.bpmn", text.encode(), None).processes
    assert [node.name for node in changed.scope.nodes] == ["New", "b"]
    assert [(item.source, item.target) for item in changed.scope.flows] == [("a", "a")]


def test_a_file_is_never_overwritten_and_a_broken_one_not_converted(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(document(process('<task id="t"/>')))
    written, _ = convert(tmp_path / "a.bpmn", to=None, folder=tmp_path)
    assert [path.name for path in written] == ["a.json"]
    with pytest.raises(ConvertError, match=r"a\.json exists"):
        convert(tmp_path / "a.bpmn", to="json", folder=tmp_path)
    with pytest.raises(ConvertError, match="is a bpmn file already"):
        convert(tmp_path / "a.bpmn", to="bpmn", folder=tmp_path)
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ConvertError, match="DF100"):
        convert(tmp_path / "b.json", to=None, folder=tmp_path)


def test_each_process_of_a_file_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    two = process('<task id="t"/>', attributes='id="one"') + process('<task id="t"/>', attributes='id="two"')
    (tmp_path / "a.bpmn").write_bytes(document(two))
    written, _ = convert(tmp_path / "a.bpmn", to=None, folder=tmp_path / "out")
    assert [path.name for path in written] == ["one.json", "two.json"]
