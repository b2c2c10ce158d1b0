"""Events of BPMN, run by Airflow task by task: errors through scopes, compensation, messages kept, conditions."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dag_factory.compiler import TemplateSource, compile_template

Run = Callable[..., Any]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
<message id="m" name="note"/><error id="e1" errorCode="E1"/><error id="e2" errorCode="E2"/>
"""


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def fails(code: str) -> str:
    """Return the inside of a sub-process that ends with an error."""
    return f'<startEvent id="bs"/><endEvent id="thrown"><errorEventDefinition errorRef="{code}"/></endEvent>{flow("bs", "thrown")}'


def caught_on(activity: str, code: str, event: str) -> str:
    """Return an error event on a border, and a step behind it."""
    return f'<boundaryEvent id="{event}" attachedToRef="{activity}"><errorEventDefinition errorRef="{code}"/></boundaryEvent><task id="{event}_path"/>{flow(event, f"{event}_path")}'


@pytest.fixture
def run(run_dag: Run) -> Run:
    """A function that compiles the body of a process and runs it."""

    def run_body(dag_id: str, body: str, conf: dict[str, Any] | None = None) -> Any:
        from dag_factory.airflow_backend.build_dag import build_dag

        text = f'{HEAD}<process id="{dag_id}" isExecutable="true">{body}</process></definitions>'
        compiled = compile_template(TemplateSource(f"{dag_id}.bpmn", text.encode()))
        assert not compiled.is_broken, [item.render("t") for item in compiled.diagnostics]
        return run_dag(build_dag(compiled.dags[0]), conf)

    return run_body


def test_an_error_passes_an_event_of_another_code_and_is_caught_further_out(run: Run) -> None:
    inner = f'<startEvent id="is"/><subProcess id="inner">{fails("e1")}</subProcess><task id="never"/>{flow("is", "inner")}{flow("inner", "never")}{caught_on("inner", "e2", "wrong")}'
    finished = run(
        "nested_error",
        f'<startEvent id="s"/><subProcess id="outer">{inner}</subProcess>{flow("s", "outer")}{caught_on("outer", "e1", "right")}',
    )
    assert finished.state == "success"
    assert finished.states["right_path"] == "success"
    assert {finished.states[name] for name in ("wrong_path", "never")} <= {"skipped", "upstream_failed"}


def test_an_error_that_nothing_catches_fails_the_run_and_says_so(run: Run) -> None:
    finished = run(
        "open_error",
        f'<startEvent id="s"/><subProcess id="box">{fails("e1")}</subProcess>{flow("s", "box")}{caught_on("box", "e2", "other")}',
    )
    assert finished.state == "failed"
    assert "no error event takes it (those here take 'E2')" in str(finished.errors["box.outcome"][0])


def test_a_failure_without_a_code_is_caught_by_an_event_for_any_error(run: Run) -> None:
    finished = run(
        "any_error",
        f'<startEvent id="s"/><serviceTask id="work" camunda:class="a.B"/>{flow("s", "work")}<boundaryEvent id="any" attachedToRef="work"><errorEventDefinition/></boundaryEvent><task id="path"/>{flow("any", "path")}',
    )
    assert (finished.state, finished.states["path"]) == ("success", "success")


def test_an_event_sub_process_takes_the_error_of_its_scope(run: Run) -> None:
    finished = run(
        "error_start",
        f'<startEvent id="s"/><subProcess id="box">{fails("e1")}</subProcess><task id="after"/>{flow("s", "box")}{flow("box", "after")}'
        f'<subProcess id="handler" triggeredByEvent="true"><startEvent id="hs"><errorEventDefinition errorRef="e1"/></startEvent><task id="repair"/>{flow("hs", "repair")}</subProcess>',
    )
    assert finished.state == "success"
    assert finished.states["repair"] == "success"


def test_nothing_of_a_path_that_is_not_taken_wakes_up(run: Run) -> None:
    finished = run(
        "dead_path",
        f'<startEvent id="s"/><exclusiveGateway id="g" default="g_plain"/><subProcess id="box">{fails("e1")}</subProcess><task id="plain"/>'
        f"{flow('s', 'g')}{flow('g', 'box', '${1 == 2}')}{flow('g', 'plain')}{caught_on('box', 'e1', 'caught')}",
    )
    assert finished.state == "success"
    assert {finished.states[name] for name in ("box.outcome", "caught_path", "thrown")} == {"skipped"}


def test_compensation_undoes_only_what_was_completed(run: Run) -> None:
    activities = "".join(
        f'<task id="{one}"/><task id="undo_{one}" isForCompensation="true"/><boundaryEvent id="c_{one}" attachedToRef="{one}"><compensateEventDefinition/></boundaryEvent>'
        f'<association id="a_{one}" sourceRef="c_{one}" targetRef="undo_{one}"/>'
        for one in ("a", "b")
    )
    finished = run(
        "compensation",
        f'<startEvent id="s"/><exclusiveGateway id="g" default="g_m"/><exclusiveGateway id="m"/>{activities}<endEvent id="t"><compensateEventDefinition/></endEvent>'
        f"{flow('s', 'a')}{flow('a', 'g')}{flow('g', 'b', '${1 == 2}')}{flow('b', 'm')}{flow('g', 'm')}{flow('m', 't')}",
    )
    assert finished.state == "success"
    assert (finished.states["undo_a"], finished.states["undo_b"]) == ("success", "skipped")


def test_a_message_that_was_sent_before_the_wait_began_is_received_with_its_variables(run: Run) -> None:
    finished = run(
        "early_message",
        '<startEvent id="s"/><intermediateThrowEvent id="send"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
        '<intermediateCatchEvent id="get"><messageEventDefinition messageRef="m"/></intermediateCatchEvent><exclusiveGateway id="g"/><task id="good"/>'
        + flow("s", "send")
        + flow("send", "get")
        + flow("get", "g")
        + flow("g", "good", '${colour == "blue"}'),
        {"colour": "blue"},
    )
    assert finished.state == "success", finished.errors
    assert finished.xcom("get", "variables")["colour"] == "blue"
    assert finished.states["good"] == "success"


def test_a_condition_that_nothing_can_make_true_any_more_fails(run: Run) -> None:
    finished = run(
        "hopeless",
        f'<startEvent id="s"/><intermediateCatchEvent id="wait"><conditionalEventDefinition><condition>${{n > 3}}</condition></conditionalEventDefinition></intermediateCatchEvent>{flow("s", "wait")}',
        {"n": 1},
    )
    assert finished.state == "failed"
    assert "no task is left that could make it true" in str(finished.errors["wait"][0])


def test_a_condition_that_is_true_lets_the_flow_go_on(run: Run) -> None:
    finished = run(
        "hopeful",
        f'<startEvent id="s"/><intermediateCatchEvent id="wait"><conditionalEventDefinition><condition>${{n > 3}}</condition></conditionalEventDefinition></intermediateCatchEvent>{flow("s", "wait")}',
        {"n": 5},
    )
    assert finished.state == "success"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R3/PT10M", "2030-01-31T12:10:00+00:00"),
        ("R/2030-02-01T00:00:00Z/PT1H", "2030-02-01T00:00:00+00:00"),
        ("0 6 * * *", "2030-02-01T06:00:00+00:00"),
        ("0 0 6 * * ?", "2030-02-01T06:00:00+00:00"),
    ],
)
def test_a_repeating_timer_first_fires(text: str, expected: str) -> None:
    from airflow_ops_plugin.operators.cycle import first_of_cycle

    assert first_of_cycle(text, datetime(2030, 1, 31, 12, tzinfo=UTC)).isoformat() == expected


def test_what_is_no_repetition_is_refused() -> None:
    from airflow_ops_plugin.operators.cycle import first_of_cycle
    from airflow_ops_plugin.operators.errors import ArgumentValueError

    with pytest.raises(ArgumentValueError, match="neither a repetition"):
        first_of_cycle("sometimes", datetime(2030, 1, 31, 12, tzinfo=UTC))


def test_each_token_of_a_parallel_split_runs_what_follows_an_exclusive_merge(run: Run) -> None:
    finished = run(
        "multi_merge",
        f'<startEvent id="s"/><parallelGateway id="fork"/><task id="a"/><task id="b"/><exclusiveGateway id="merge"/><task id="notify"/><endEvent id="e"/>{flow("s", "fork")}{flow("fork", "a")}{flow("fork", "b")}{flow("a", "merge")}{flow("b", "merge")}{flow("merge", "notify")}{flow("notify", "e")}',
    )
    assert finished.state == "success"
    assert (finished.states["notify"], finished.states["notify__2"]) == ("success", "success")
