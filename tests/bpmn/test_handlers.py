"""Topics, job types and class names that ``handlers.toml`` declares, mail tasks, and operators that are allowed."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpmn_text import between, codes, document, messages, node_of, process, read

from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.diagnostics import Severity
from dag_factory.frontends.read_result import ReadResult

HANDLERS = """
[handlers.invoice]
type = "api_call"
connection = "crm"
method = "POST"
endpoint = "/invoices/${number}"
outputs = { id = "body.id" }

[handlers."com.acme.Clean"]
type = "script"
language = "sh"
script = "rm -rf /tmp/$target"

[handlers.announce]
type = "operator"
operator = "airflow.providers.standard.operators.bash.BashOperator"
arguments = { bash_command = "echo ${word}" }
outputs = { said = "result" }

[handlers.odd]
type = "gateway"

[handlers.wrong]
type = "api_call"
method = "FETCH"
"""


def handled(task: str, folder: Path, handlers: str = HANDLERS) -> ReadResult:
    (folder / "handlers.toml").write_text(handlers)
    return read(document(process(between(task))), folder=folder)


EXTERNAL = '<serviceTask id="x" camunda:type="external" camunda:topic="{}">{}</serviceTask>'
MAPPED = (
    "<extensionElements><camunda:inputOutput>"
    '<camunda:inputParameter name="number">${order.number}</camunda:inputParameter>'
    '<camunda:outputParameter name="invoice">${id}</camunda:outputParameter>'
    "</camunda:inputOutput></extensionElements>"
)


@pytest.mark.parametrize(
    "task",
    [
        EXTERNAL.format("invoice", ""),
        '<serviceTask id="x" camunda:class="invoice"/>',
        '<serviceTask id="x" camunda:delegateExpression="invoice"/>',
        '<serviceTask id="x" implementation="invoice"/>',
        '<sendTask id="x" flowable:type="invoice"/>',
        '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="invoice"/></extensionElements></serviceTask>',
        '<task id="x" drools:taskName="invoice"/>',
        '<businessRuleTask id="x" drools:ruleFlowGroup="invoice"/>',
    ],
)
def test_whatever_names_the_work_is_done_by_the_handler_of_that_name(task: str, tmp_path: Path) -> None:
    result = handled(task, tmp_path)
    fields = node_of(result).fields
    assert (fields.type, fields.connection, fields.endpoint) == ("api_call", "crm", "/invoices/${number}")
    assert fields.outputs == {"id": "body.id"}
    assert codes(result) == []
    assert set(result.siblings) == {"handlers.toml"}


def test_inputs_and_outputs_of_the_element_are_those_of_the_handler(tmp_path: Path) -> None:
    fields = node_of(handled(EXTERNAL.format("invoice", MAPPED), tmp_path)).fields
    assert fields.endpoint == "/invoices/${order.number}"
    assert fields.outputs == {"id": "body.id", "invoice": "body.id"}


def test_inputs_of_a_script_are_its_environment(tmp_path: Path) -> None:
    inputs = '<extensionElements><camunda:inputOutput><camunda:inputParameter name="target">${folder}</camunda:inputParameter></camunda:inputOutput></extensionElements>'
    fields = node_of(
        handled(f'<serviceTask id="x" camunda:class="com.acme.Clean">{inputs}</serviceTask>', tmp_path)
    ).fields
    assert (fields.script, fields.environment) == ("rm -rf /tmp/$target", {"target": "${folder}"})


def test_what_nobody_declares_fails_when_reached(tmp_path: Path) -> None:
    result = handled(EXTERNAL.format("ship", ""), tmp_path)
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF410"])
    assert "'ship'" in messages(result)


@pytest.mark.parametrize(
    ("topic", "handlers", "problem"),
    [
        ("odd", HANDLERS, "none of api_call"),
        ("wrong", HANDLERS, "method: Input should be"),
        ("x", "[handlers", "cannot be read"),
        ("x", "[handlers]\nx = 1", "no table"),
    ],
)
def test_a_wrong_declaration_fails_when_reached_and_is_named(
    topic: str, handlers: str, problem: str, tmp_path: Path
) -> None:
    result = handled(EXTERNAL.format(topic, ""), tmp_path, handlers)
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF446"])
    assert problem in messages(result)


@pytest.mark.parametrize("vendor", ["activiti", "flowable"])
def test_a_mail_task_is_airflows_own_mail_operator(vendor: str) -> None:
    fields = "".join(
        f'<{vendor}:field name="{name}"><{vendor}:string>{text}</{vendor}:string></{vendor}:field>'
        for name, text in (
            ("to", "${owner}"),
            ("subject", "Disk ${name}"),
            ("text", "full"),
            ("from", "ops@example.org"),
        )
    )
    result = read(
        between(
            f'<serviceTask id="x" {vendor}:type="mail"><extensionElements>{fields}</extensionElements></serviceTask>'
        )
    )
    node = node_of(result).fields
    assert node.operator == "airflow.providers.smtp.operators.smtp.EmailOperator"
    assert node.arguments == {
        "to": "${owner}",
        "subject": "Disk ${name}",
        "html_content": "full",
        "from_email": "ops@example.org",
    }
    assert codes(result, Severity.INFO) == ["DF447"]


def announce(folder: Path, dag_id: str) -> Any:
    from dag_factory.airflow_backend.build_dag import build_dag

    (folder / "handlers.toml").write_text(HANDLERS)
    task = EXTERNAL.format(
        "announce",
        MAPPED.replace("number", "word")
        .replace("${order.word}", "hello ${''}")
        .replace("hello ${''}", "hello")
        .replace("${id}", "${said}"),
    )
    content = document(process(between(task), attributes=f'id="{dag_id}" isExecutable="true"'))
    (spec,) = compile_template(TemplateSource("announce.bpmn", content, folder)).dags
    return build_dag(spec)


def test_in_airflow_an_allowed_operator_runs_with_the_runs_variables(
    tmp_path: Path, run_dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__OPS__ALLOWED_OPERATORS", "airflow.providers.standard.operators.*")
    run = run_dag(announce(tmp_path, "announced"))
    assert run.state == "success"
    assert run.xcom("x") == "hello"
    assert run.xcom("x", "variables") == {"said": "hello", "invoice": "hello"}


def test_in_airflow_an_operator_that_is_not_allowed_fails_with_the_reason(tmp_path: Path, run_dag: Any) -> None:
    run = run_dag(announce(tmp_path, "forbidden"))
    assert run.state == "failed"
    assert "add it to [ops] allowed_operators" in str(run.errors["x"][-1])
