"""Business rule tasks: DMN decision tables read, evaluated and recorded."""

# ruff: noqa: E501 - a table of a DMN text stays on one line

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpmn_text import between, codes, document, messages, node_of, process, read
from hypothesis import given
from hypothesis import strategies as st

from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.frontends.bpmn.xml_document import parse_any_xml
from dag_factory.frontends.dmn import DmnError, find_decisions, read_decision
from dag_factory.model.decision_evaluation import DecisionError, evaluate_decisions
from dag_factory.nodes.decision_table import Decision

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(
    *rules: str,
    policy: str = 'hitPolicy="UNIQUE"',
    inputs: str = "severity",
    outputs: str = "team",
    key: str = "route",
    before: str = "",
    values: str = "",
) -> str:
    """Return a decision; a rule is its cells with ``|`` between, those of the outputs last."""
    columns = "".join(
        f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in inputs.split()
    )
    results = "".join(
        f'<output name="{name}">{f"<outputValues><text>{values}</text></outputValues>" if values else ""}</output>'
        for name in outputs.split()
    )
    count, rows = len(inputs.split()), ""
    for rule in rules:
        cells = [cell.strip().replace("<", "&lt;").replace(">", "&gt;") for cell in rule.split("|")]
        rows += "<rule>" + "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells[:count])
        rows += "".join(f"<outputEntry><text>{cell}</text></outputEntry>" for cell in cells[count:]) + "</rule>"
    return f'<decision id="{key}">{before}<decisionTable {policy}>{columns}{results}{rows}</decisionTable></decision>'


def dmn(*decisions: str) -> str:
    return f'<definitions xmlns="{DMN}" id="d" name="d" namespace="n">{"".join(decisions)}</definitions>'


def decide(*decisions: str, key: str = "route", **values: Any) -> Any:
    root = parse_any_xml(dmn(*decisions).encode()).root
    assert root is not None
    return evaluate_decisions(read_decision(key, find_decisions(root)), values)[-1]


OVERLAPPING = ("> 1 | 10", "> 2 | 30", "> 3 | 20")


@pytest.mark.parametrize(
    ("policy", "severity", "expected"),
    [
        ('hitPolicy="UNIQUE"', 2, 10),
        ('hitPolicy="UNIQUE"', 1, None),
        ('hitPolicy="FIRST"', 9, 10),
        ('hitPolicy="PRIORITY"', 9, 30),
        ('hitPolicy="RULE ORDER"', 9, [10, 30, 20]),
        ('hitPolicy="OUTPUT ORDER"', 9, [30, 20, 10]),
        ('hitPolicy="COLLECT"', 3, [10, 30]),
        ('hitPolicy="COLLECT"', 1, []),
        ('hitPolicy="COLLECT" aggregation="SUM"', 9, 60),
        ('hitPolicy="COLLECT" aggregation="MIN"', 9, 10),
        ('hitPolicy="COLLECT" aggregation="MAX"', 9, 30),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 9, 3),
        ('hitPolicy="COLLECT" aggregation="SUM"', 0, None),
        ("", 2, 10),
    ],
)
def test_every_hit_policy_gives_what_dmn_says(policy: str, severity: int, expected: Any) -> None:
    assert decide(table(*OVERLAPPING, policy=policy, values="30, 20, 10"), severity=severity).value == expected


def test_a_unique_table_in_which_two_rules_hit_has_no_value() -> None:
    with pytest.raises(DecisionError, match="the rules 1, 2, 3 all hit"):
        decide(table(*OVERLAPPING), severity=9)


def test_an_any_table_needs_equal_values() -> None:
    equal = table('> 1 | "a"', '> 2 | "a"', policy='hitPolicy="ANY"')
    assert decide(equal, severity=9).value == "a"
    with pytest.raises(DecisionError, match="give different values"):
        decide(table('> 1 | "a"', '> 2 | "b"', policy='hitPolicy="ANY"'), severity=9)


@pytest.mark.parametrize(
    ("cell", "hits", "misses"),
    [
        ('"high"', "high", "low"),
        ('"high", "urgent"', "urgent", "low"),
        ('not("high")', "low", "high"),
        ("[1..5]", 5, 6),
        ("]1..5[", 2, 5),
        ("-", "anything", None),
        ("", 1, None),
        ("< 3, > 7", 8, 5),
        ("= 4", 4, 5),
        ("true", True, False),
        ('< date("2026-02-01")', "2026-01-31", "2026-02-01"),
        ("limit", 7, 8),
        ("? > 3 and ? < limit", 5, 7),
    ],
)
def test_the_tests_of_feel_that_people_write(cell: str, hits: Any, misses: Any) -> None:
    asked = table(f'{cell} | "yes"')
    assert decide(asked, severity=hits, limit=7).value == "yes"
    if misses is not None:
        assert decide(asked, severity=misses, limit=7).value is None


def test_several_inputs_and_outputs_make_a_mapping() -> None:
    asked = table(
        '> 3 | "db" | "dba" | 15',
        '- | - | "ops" | 60 * 2',
        inputs="severity system",
        outputs="team minutes",
        policy='hitPolicy="FIRST"',
    )
    assert decide(asked, severity=5, system="db").value == {"team": "dba", "minutes": 15}
    assert decide(asked, severity=5, system="web").value == {"team": "ops", "minutes": 120}


def test_a_decision_sees_those_that_it_requires() -> None:
    needs = '<informationRequirement><requiredDecision href="#level"/></informationRequirement>'
    level = table('> 90 | "high"', '<= 90 | "low"', key="level", inputs="used", outputs="level")
    route = table('"high" | "oncall"', '"low" | "desk"', inputs="level", before=needs)
    assert decide(route, level, used=95).value == "oncall"
    decisions = read_decision("route", find_decisions(parse_any_xml(dmn(route, level).encode()).root))
    assert [decision.name for decision in decisions] == ["level", "route"]


def test_a_literal_expression_is_a_decision() -> None:
    literal = '<decision id="route"><variable name="total"/><literalExpression><text>a + b</text></literalExpression></decision>'
    assert decide(literal, a=1, b=2).value == 3


@pytest.mark.parametrize(
    ("decision", "problem"),
    [
        (table("sort(a) | 1"), "unknown function"),
        (table("1"), "1 inputs and 0 outputs"),
        (table("1 | 1", policy='hitPolicy="BEST"'), "unknown hit policy"),
        (
            table(before='<informationRequirement><requiredDecision href="#x"/></informationRequirement>'),
            "'x' is not there",
        ),
        (
            table(before='<informationRequirement><requiredDecision href="#route"/></informationRequirement>'),
            "requires itself",
        ),
        ('<decision id="route"/>', "neither a decision table nor"),
    ],
)
def test_what_cannot_be_read_is_named(decision: str, problem: str) -> None:
    with pytest.raises(DmnError, match=problem):
        decide(decision)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 9))
def test_rules_hit_alone_as_they_hit_together(limits: list[int], severity: int) -> None:
    rows = [f">= {limit} | {limit}" for limit in limits]
    together = decide(table(*rows, policy='hitPolicy="COLLECT"'), severity=severity).value
    alone = [decide(table(row), severity=severity).value for row in rows]
    assert together == [value for value in alone if value is not None]


ROUTE = dmn(table('> 3 | "oncall"', '<= 3 | "desk"'))
TASKS = [
    (
        '<businessRuleTask id="x" camunda:decisionRef="route" camunda:resultVariable="r" camunda:mapDecisionResult="singleEntry"/>',
        {"r": "entry"},
    ),
    ('<businessRuleTask id="x" camunda:decisionRef="route" camunda:resultVariable="r"/>', {"r": "hits"}),
    (
        '<businessRuleTask id="x" camunda:decisionRef="route" camunda:resultVariable="r" camunda:mapDecisionResult="singleResult"/>',
        {"r": "first"},
    ),
    (
        '<businessRuleTask id="x" camunda:decisionRef="route" camunda:resultVariable="r" camunda:mapDecisionResult="collectEntries"/>',
        {"r": "entries"},
    ),
    (
        '<businessRuleTask id="x"><extensionElements><zeebe:calledDecision decisionId="route" resultVariable="r"/></extensionElements></businessRuleTask>',
        {"r": "result"},
    ),
    (
        '<serviceTask id="x" flowable:type="dmn"><extensionElements><flowable:field name="decisionTableReferenceKey"><flowable:string>route</flowable:string></flowable:field></extensionElements></serviceTask>',
        {"team": "result"},
    ),
]


@pytest.mark.parametrize(("task", "outputs"), TASKS)
def test_business_rule_tasks_of_every_vendor_find_the_table_beside_them(
    task: str, outputs: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "routing.dmn").write_text(ROUTE)
    result = read(document(process(between(task))), folder=tmp_path)
    fields = node_of(result).fields
    assert (fields.type, fields.outputs, codes(result)) == ("decision_table", outputs, [])
    assert set(result.siblings) == {"routing.dmn"}


def test_a_table_inside_the_file_itself_is_found() -> None:
    inside = f"<extensionElements>{ROUTE}</extensionElements>"
    task = '<businessRuleTask id="x" camunda:decisionRef="route" camunda:resultVariable="r"/>'
    assert node_of(read(document(inside, process(between(task))))).type == "decision_table"


def test_a_missing_decision_fails_when_reached_and_the_template_is_read_again_once_it_is_there(tmp_path: Path) -> None:
    result = read(document(process(between(TASKS[0][0]))), folder=tmp_path)
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF410"])
    assert "no .dmn file beside the template" in messages(result)
    assert result.siblings == {"route.dmn": ""}


def test_the_inputs_of_a_table_are_inputs_of_the_run_and_its_results_are_variables(tmp_path: Path) -> None:
    (tmp_path / "routing.dmn").write_text(ROUTE)
    flows = '<exclusiveGateway id="g" default="f"/><endEvent id="e1"/><endEvent id="e2"/><sequenceFlow id="a" sourceRef="x" targetRef="g"/><sequenceFlow id="f" sourceRef="g" targetRef="e1"/><sequenceFlow id="h" sourceRef="g" targetRef="e2"><conditionExpression>${r == "oncall"}</conditionExpression></sequenceFlow>'
    content = document(
        process(f'<startEvent id="s"/><sequenceFlow id="b" sourceRef="s" targetRef="x"/>{TASKS[0][0]}{flows}')
    )
    compiled = compile_template(TemplateSource("a.bpmn", content, tmp_path))
    assert [param.name for param in compiled.dags[0].params] == ["severity"]
    gateway = next(task for task in compiled.dags[0].tasks if task.task_id == "g")
    assert gateway.arguments["variables"] == {"r": [{"task": "x"}]}


def test_in_airflow_a_table_decides_and_its_evaluation_is_recorded(tmp_path: Path, run_dag: Any) -> None:
    from dag_factory.airflow_backend.build_dag import build_dag

    (tmp_path / "routing.dmn").write_text(ROUTE)
    content = document(process(between(TASKS[0][0])))
    (spec,) = compile_template(TemplateSource("decided.bpmn", content, tmp_path)).dags
    run = run_dag(build_dag(spec), {"severity": 5})
    assert run.state == "success"
    assert run.xcom("x", "variables") == {"r": "oncall"}
    record = run.xcom("x", "decision")
    assert record["inputs"] == {"severity": 5}
    assert record["decisions"] == [{"name": "route", "value": "oncall", "hits": [{"team": "oncall"}], "matched": [1]}]


def test_in_airflow_a_table_that_cannot_decide_fails_once_with_the_reason(tmp_path: Path, run_dag: Any) -> None:
    from dag_factory.airflow_backend.build_dag import build_dag

    (tmp_path / "routing.dmn").write_text(dmn(table('> 3 | "a"', '> 4 | "b"')))
    content = document(process(between(TASKS[0][0]), attributes='id="undecided" isExecutable="true"'))
    (spec,) = compile_template(TemplateSource("undecided.bpmn", content, tmp_path)).dags
    run = run_dag(build_dag(spec), {"severity": 5})
    assert run.state == "failed"
    assert "the rules 1, 2 all hit" in str(run.errors["x"][-1])


RULE_TASK = """<businessRuleTask id="x" implementation="http://www.jboss.org/drools/dmn"><ioSpecification>
<dataInput id="i1" name="model"/><dataInput id="i2" name="decision"/><dataInput id="i3" name="severity"/>
<dataOutput id="o1" name="Which team"/><dataOutput id="o2" name="urgent"/></ioSpecification>
<dataInputAssociation><targetRef>i1</targetRef><assignment><from>d</from><to>i1</to></assignment></dataInputAssociation>
{decision}<dataInputAssociation><sourceRef>level</sourceRef><targetRef>i3</targetRef></dataInputAssociation>
<dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>owner</targetRef></dataOutputAssociation>{more}</businessRuleTask>"""
ONE_DECISION = (
    "<dataInputAssociation><targetRef>i2</targetRef><assignment><from>Which team</from><to>i2</to></assignment>"
    "</dataInputAssociation>"
)
URGENT = "<dataOutputAssociation><sourceRef>o2</sourceRef><targetRef>isUrgent</targetRef></dataOutputAssociation>"


@pytest.mark.parametrize(
    ("decision", "more", "outputs"),
    [
        (ONE_DECISION, "", {"owner": "result"}),
        ("", "", {"owner": "result"}),
        ("", URGENT, {"owner": "result.Which_team", "isUrgent": "result.urgent"}),
    ],
)
def test_jbpm_names_model_and_decision_by_data_inputs(
    tmp_path: Path, decision: str, more: str, outputs: dict[str, str]
) -> None:
    team = table('> 3 | "ops"', "- | null", policy='hitPolicy="FIRST"', key="_1").replace(
        "<decision ", '<decision name="Which team" '
    )
    named = team.replace("<decisionTable", '<variable name="Which team"/><decisionTable')
    urgent = '<decision id="_2" name="urgent"><variable name="urgent"/><literalExpression><text>severity > 4</text></literalExpression></decision>'
    (tmp_path / "any.dmn").write_text(dmn(named, urgent), encoding="utf-8")
    task = RULE_TASK.format(decision=decision, more=more)
    body = process(between(task), attributes='id="demo" isExecutable="true" drools:version="1"')
    result = read(document(body), folder=tmp_path)
    assert codes(result) == []
    fields = node_of(result).fields
    assert fields.outputs == outputs
    value = evaluate_decisions(fields.decisions, {"level": 5})[-1].value
    assert value in ("ops", {"Which_team": "ops", "urgent": True})


def test_a_model_that_is_not_there_fails_when_reached(tmp_path: Path) -> None:
    body = process(between(RULE_TASK.format(decision=ONE_DECISION, more="")), attributes='id="demo" drools:version="1"')
    result = read(document(body), folder=tmp_path)
    assert codes(result) == ["DF410"]
    assert "'Which team' of the model 'd'" in messages(result)


def test_a_decision_takes_no_code() -> None:
    with pytest.raises(ValueError, match="hit_policy"):
        Decision(name="x", outputs=[], hit_policy="best")
