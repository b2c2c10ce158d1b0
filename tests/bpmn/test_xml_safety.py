"""Files that attack, or that are merely broken: a clear diagnostic, at once, and nothing fetched."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

from collections.abc import Callable

import pytest
from bpmn_text import HEAD, between, codes, document, flow, messages, only, process, read, read_in_time

PLAIN = document(process(between('<task id="x" name="Prüfen"/>')))


def read_quickly(content: bytes) -> list[str]:
    return [item.code for item in read_in_time(content).diagnostics if item.is_error or item.code == "DF003"]


def test_an_entity_bomb_is_refused_for_its_doctype() -> None:
    entities = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(30))
    bomb = f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]><definitions id="&a30;">&a30;</definitions>'
    assert read_quickly(bomb.encode()) == ["DF002"]


def test_an_external_entity_is_refused_and_not_read(tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read me")
    attack = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]><definitions><documentation>&x;</documentation></definitions>'
    result = read(attack.encode())
    assert codes(result) == ["DF002"]
    assert "do not read me" not in messages(result)


@pytest.mark.parametrize("prefix", ["\ufeff", "<!-- a --><?pi b?>\n<!-- c -->", '<?xml version="1.0"?>\n'])
def test_a_doctype_is_found_behind_comments_and_marks(prefix: str) -> None:
    assert read_quickly(f"{prefix}<!DOCTYPE d><definitions/>".encode()) == ["DF002"]


def test_a_doctype_in_utf_16_is_found() -> None:
    assert read_quickly('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d><definitions/>'.encode("utf-16")) == [
        "DF002"
    ]


def test_many_comments_before_the_root_cost_no_time() -> None:
    assert read_quickly(b"<!-- - -->" * 9000 + b"<x/>") == ["DF010"]
    assert read_quickly(b"<!-- -" * 9000) == ["DF001"]


def test_the_word_doctype_inside_a_text_is_no_doctype() -> None:
    result = read(
        between('<scriptTask id="x" scriptFormat="sh"><script><![CDATA[echo "<!DOCTYPE html>"]]></script></scriptTask>')
    )
    assert codes(result) == []


def test_xinclude_is_not_followed(tmp_path) -> None:
    (tmp_path / "other.xml").write_text("<task id='included'/>")
    body = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{tmp_path}/other.xml"/><task id="x"/>'
    assert [node.id for node in only(read(body)).scope.walk()] == ["x"]


def test_fifty_megabytes_are_refused_at_once() -> None:
    assert read_quickly(PLAIN.replace(b"</definitions>", b" " * 50_000_000 + b"</definitions>")) == ["DF004"]


@pytest.mark.parametrize("depth", [300, 10_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    deep = "<subProcess>" * depth + "</subProcess>" * depth
    assert read_quickly(document(process(deep))) == ["DF004"]


def test_sub_processes_nested_beyond_the_limit_are_refused() -> None:
    deep = "".join(f'<subProcess id="p{i}">' for i in range(60)) + "</subProcess>" * 60
    assert "DF004" in read_quickly(document(process(deep)))


def test_too_many_flow_nodes_are_refused() -> None:
    many = "".join(f'<task id="t{i}"/>' for i in range(2_001))
    assert "DF004" in read_quickly(document(process(many)))


LARGE = {
    "a chain": "".join(f'<task id="t{i}"/>{flow(f"t{i}", f"t{i + 1}") if i < 1_999 else ""}' for i in range(2_000)),
    "gateways without conditions": "".join(
        f'<userTask id="u{i}"/><exclusiveGateway id="g{i}"/>{flow(f"u{i}", f"g{i}")}{flow(f"g{i}", "u0")}{flow(f"g{i}", "u1")}'
        for i in range(1_000)
    ),
    "flows without a source": "".join(
        f'<task id="t{i}"><outgoing>f{i}</outgoing></task><sequenceFlow id="f{i}" targetRef="t0"/>'
        for i in range(2_000)
    ),
    "compensation": "".join(
        f'<task id="t{i}"/><boundaryEvent id="b{i}" attachedToRef="t{i}"><compensateEventDefinition/></boundaryEvent>'
        f'<association sourceRef="b{i}" targetRef="t{i}"/>'
        for i in range(1_000)
    ),
    "events that set variables": "".join(
        f'<intermediateThrowEvent id="t{i}"><extensionElements><zeebe:ioMapping><zeebe:output source="=1" target="v"/>'
        f"</zeebe:ioMapping></extensionElements></intermediateThrowEvent>{flow(f't{i}', f't{i + 1}')}"
        for i in range(1_900)
    ),
    "one gateway with many ways of one name": '<exclusiveGateway id="g"/><task id="t"/>'
    + "".join(flow("g", "t", name="go", id=f"f{i}") for i in range(5_000)),
    "unknown functions": '<exclusiveGateway id="g"/>'
    + "".join(f'<task id="t{i}"/>{flow("g", f"t{i}", f"${{fn{i}(a)}}")}' for i in range(400)),
}


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_a_process_of_the_largest_size_is_read_within_a_second(body: str) -> None:
    assert "DF004" not in read_quickly(document(process(body)))


def test_too_many_flows_are_refused() -> None:
    flows = "".join(flow("a", "b", id=f"f{i}") for i in range(10_001))
    assert "DF004" in read_quickly(document(process('<task id="a"/><task id="b"/>' + flows)))


def test_a_huge_attribute_is_refused_or_cut() -> None:
    assert read_quickly(document(process(f'<task id="x" name="{"n" * 9_000_000}"/>'))) in ([], ["DF004"])
    assert read_quickly(document(process(f'<task id="x" name="{"n" * 10_300_000}"/>'))) == ["DF004"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"\xff\xfe", b"{}", b"<", PLAIN[:-30], PLAIN.replace(b"<task", b"<task\0"), b"\xef\xbb\xbf"],
    ids=["empty", "nulls", "only a mark", "JSON", "one bracket", "cut off", "null inside", "only a UTF-8 mark"],
)
def test_what_is_no_xml_is_unreadable(content: bytes) -> None:
    assert read_quickly(content) == ["DF001"]


def test_an_unreadable_file_gives_the_line() -> None:
    result = read(b"<definitions>\n<a>\n</b></definitions>")
    assert result.diagnostics[0].line == 3


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        (lambda text: text.encode("utf-8"), False),
        (lambda text: text.encode("utf-8-sig"), False),
        (lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"), False),
        (lambda text: text.replace("UTF-8", "ISO-8859-1").encode("latin-1"), False),
        (lambda text: text.replace("UTF-8", "windows-1252").encode("cp1252"), False),
        (lambda text: text.encode("cp1252"), True),
        (lambda text: text.replace("UTF-8", "UTF-16").encode("utf-8"), True),
        (lambda text: text.replace("UTF-8", "no-such-code").encode("utf-8"), True),
        (lambda text: ("\n\n" + text).encode("utf-8"), True),
    ],
)
def test_text_survives_right_and_wrong_encodings(change: Callable[[str], bytes], warned: bool) -> None:
    result = read(change(PLAIN.decode()))
    assert [node.fields.name for node in only(result).scope.walk() if node.fields.name] == ["Prüfen"]
    assert codes(result) == (["DF003"] if warned else [])


def test_an_undeclared_prefix_is_read_as_what_it_usually_means() -> None:
    text = '<bpmn:definitions><bpmn:process id="demo"><bpmn:userTask id="x" camunda:assignee="kim"/></bpmn:process></bpmn:definitions>'
    result = read(text.encode())
    assert "DF003" in codes(result)
    assert only(result).scope.nodes[0].type == "manual"


def test_a_namespace_that_is_no_address_is_repaired() -> None:
    result = read(PLAIN.replace(b"<definitions ", b'<definitions xmlns:x="http://a b" '))
    assert codes(result) == ["DF003"]
    assert len(only(result).scope.nodes) == 3


def test_a_file_without_any_namespace_is_read() -> None:
    result = read(b'<definitions><process id="demo"><task id="x"/></process></definitions>')
    assert codes(result) == ["DF003"]
    assert [node.id for node in only(result).scope.nodes] == ["x"]


def test_the_namespace_of_the_drafts_is_read() -> None:
    result = read(PLAIN.replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"http://schema.omg.org/spec/BPMN/2.0"))
    assert codes(result) == []
    assert len(only(result).scope.nodes) == 3


@pytest.mark.parametrize(
    "namespace", ["https://www.omg.org/spec/BPMN/20100524/MODEL", "http://www.omg.org/spec/BPMN/20100524/MODEL/"]
)
def test_the_namespace_of_bpmn_may_be_misspelt(namespace: str) -> None:
    result = read(PLAIN.replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", namespace.encode()))
    assert codes(result) == ["DF003"]
    assert len(only(result).scope.nodes) == 3


def test_a_file_that_is_one_process_is_read_and_its_lines_are_kept() -> None:
    text = '<process id="demo" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">\n<task id="x"/></process>'
    result = read(text.encode())
    assert codes(result) == ["DF003"]
    assert [(node.id, node.line) for node in only(result).scope.nodes] == [("x", 2)]


def test_white_space_between_the_byte_order_mark_and_the_declaration_is_passed_over() -> None:
    result = read(b"\xef\xbb\xbf\n" + PLAIN)
    assert codes(result) == ["DF003"]


@pytest.mark.parametrize("root", ["html", "cmmn:definitions xmlns:cmmn='http://www.omg.org/spec/CMMN/20151109/MODEL'"])
def test_another_language_is_named(root: str) -> None:
    result = read(f"<{root}></{root.split()[0]}>".encode())
    assert codes(result) == ["DF010"]


def test_a_file_without_flow_nodes_says_so() -> None:
    assert codes(read((HEAD + '<process id="p"/></definitions>').encode())) == ["DF011"]
