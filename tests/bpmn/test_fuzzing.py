"""No bytes whatsoever make the reader raise, or keep it for a second."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

from pathlib import Path

import pytest
from bpmn_text import between, document, flow, process, read_in_time
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dag_factory.frontends.bpmn.reader import read_bpmn

SAMPLES = sorted((Path(__file__).parents[3] / "shared" / "bpmn-samples").glob("*.bpmn"))

OWN = [
    document(
        '<message id="m" name="paid"/><error id="r" errorCode="E"/>',
        '<collaboration id="c"><participant id="p" name="Ops" processRef="demo"/></collaboration>',
        process(
            '<laneSet><lane name="IT"><flowNodeRef>u</flowNodeRef></lane></laneSet><startEvent id="s"><timerEventDefinition>'
            "<timeCycle>0 0 6 * * 1</timeCycle></timerEventDefinition></startEvent>"
            '<userTask id="u" camunda:assignee="${kim}" camunda:dueDate="PT1H"><extensionElements><camunda:formData>'
            '<camunda:formField id="a" type="long" defaultValue="3"/></camunda:formData></extensionElements>'
            '<multiInstanceLoopCharacteristics camunda:collection="${hosts}"/></userTask><exclusiveGateway id="g" default="f2"/>'
            '<scriptTask id="x" scriptFormat="sh" camunda:resource="../a.sh"><script><![CDATA[echo 1]]></script></scriptTask>'
            '<subProcess id="p1"><startEvent id="s1"/><endEvent id="e1"><errorEventDefinition errorRef="r"/></endEvent>'
            + flow("s1", "e1")
            + '</subProcess><boundaryEvent id="b" attachedToRef="p1"><errorEventDefinition errorRef="r"/></boundaryEvent>'
            '<intermediateCatchEvent id="w"><timerEventDefinition><timeDuration>PT${n}S</timeDuration></timerEventDefinition>'
            '</intermediateCatchEvent><endEvent id="e"/>'
            + flow("s", "u") + flow("u", "g") + flow("g", "x", "${a &gt; 3 and b == 'c'}") + flow("g", "p1", id="f2")
            + flow("x", "w") + flow("w", "e") + flow("p1", "e") + flow("b", "x")
        ),
    ),
    document(
        process(
            between(
                '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="io.camunda:http-json:1" retries="4"/><zeebe:ioMapping>'
                '<zeebe:input source="=&quot;https://x.example/&quot; + a" target="url"/><zeebe:output source="={b: c}" target="d"/></zeebe:ioMapping>'
                '<zeebe:taskHeaders><zeebe:header key="resultExpression" value="={city: response.body.city}"/></zeebe:taskHeaders>'
                "</extensionElements></serviceTask>"
            )
        )
    ),
    document(
        process(
            '<extensionElements><zeebe:userTaskForm id="f">{"components":[{"type":"number","key":"n"}]}</zeebe:userTaskForm></extensionElements>'
            '<userTask id="u"><extensionElements><zeebe:formDefinition formKey="x:f"/></extensionElements></userTask>'
        )
    ),
]  # fmt: skip

TOKENS = [
    b"<", b">", b"/>", b"</", b"&", b"&#0;", b"&#xFFFF;", b"]]>", b"<![CDATA[", b"<!--", b"\0", b"\xff", b"\xef\xbb\xbf",
    b"${", b"}", b"#{", b"=", b"$${", b"(" * 300, b"9" * 400, b"R/", b"PT", b"P", b"xmlns=''", b"xmlns:x='a b'", b"id=''",
    b"<subProcess>", b"</subProcess>", b'isExecutable="true"', b"<!DOCTYPE d>", "\u202e".encode(), b"processRef=''",
]  # fmt: skip


def seeds() -> st.SearchStrategy[bytes]:
    return st.sampled_from([*OWN, *(path.read_bytes() for path in SAMPLES)])


@st.composite
def mutated_files(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(seeds()))
    for _ in range(draw(st.integers(1, 12))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.integers(0, 60))
        match draw(st.sampled_from(["insert", "delete", "copy", "flip"])):
            case "insert":
                content[place:place] = draw(st.sampled_from(TOKENS))
            case "delete":
                del content[place : place + length]
            case "copy":
                target = draw(st.integers(0, len(content)))
                content[target:target] = content[place : place + length * 10]
            case _ if content:
                content[place] = draw(st.integers(0, 255))
    return bytes(content)


def check(content: bytes, folder: Path | None = None) -> None:
    result = read_in_time(content, folder)
    assert result.processes or result.diagnostics
    assert not any(result.siblings.values())
    assert all(item.render("fuzz.bpmn") for item in result.diagnostics)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(mutated_files())
def test_mutated_files_are_read_or_refused(content: bytes) -> None:
    check(content, Path(__file__).parent)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
@example(b"")
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    check(content)


ODD = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40) | st.sampled_from(
    [
        "${",
        "${a",
        "}",
        "${}",
        "=",
        "= ",
        "`",
        "${`a`}",
        "a" * 5000,
        "${a.b.c(d)[1]}",
        "R/P",
        "P1Y",
        "-1",
        "9" * 30,
        "x:y",
        ":",
    ]
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@settings(max_examples=300, deadline=None)
@given(st.lists(ODD, min_size=8, max_size=8))
def test_any_texts_in_the_places_of_ids_names_and_expressions_are_read(texts: list[str]) -> None:
    a, b, c, d, e, f, g, h = map(escaped, texts)
    check(
        document(
            process(
                f'<startEvent id="s"><timerEventDefinition><timeCycle>{a}</timeCycle></timerEventDefinition></startEvent>'
                f'<userTask id="{b}" name="{c}" camunda:assignee="{d}" camunda:candidateGroups="{e}" camunda:dueDate="{f}"/>'
                f'<exclusiveGateway id="g" default="{b}"/><endEvent id="e1" name="{g}"/><endEvent id="e2"/>'
                f'<callActivity id="call" calledElement="{h}"><extensionElements><camunda:in source="{a}" target="{b}"/>'
                f'<camunda:out source="{c}" target="{d}"/></extensionElements></callActivity>'
                f'<serviceTask id="http" flowable:type="http"><extensionElements><flowable:field name="requestUrl" stringValue="{e}"/>'
                f'<flowable:field name="requestMethod" stringValue="{f}"/></extensionElements></serviceTask>'
                f'<intermediateCatchEvent id="w" name="{h}"><timerEventDefinition><timeDuration>{g}</timeDuration></timerEventDefinition></intermediateCatchEvent>'
                f'<scriptTask id="sc" scriptFormat="sh" camunda:resource="{h}"/><serviceTask id="as" camunda:expression="{a}" camunda:resultVariable="{b}"/>'
                f'<sequenceFlow id="{c}" sourceRef="s" targetRef="{b}"/><sequenceFlow sourceRef="{b}" targetRef="g"/>'
                f'<sequenceFlow id="{d}" name="{e}" sourceRef="g" targetRef="e1"><conditionExpression>{f}</conditionExpression></sequenceFlow>'
                f'<sequenceFlow id="{b}" name="{e}" sourceRef="g" targetRef="e2"/>',
                attributes=f'id="{h}" name="{g}"',
            )
        )
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_read(path: Path) -> None:
    check(path.read_bytes())


def test_reading_twice_gives_the_same() -> None:
    for content in (*OWN, *(path.read_bytes() for path in SAMPLES)):
        assert read_bpmn("a.bpmn", content, None) == read_bpmn("a.bpmn", content, None)
