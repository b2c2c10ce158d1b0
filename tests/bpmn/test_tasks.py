"""Tasks of every kind: what runs, what fails with a reason, what does nothing, and that the author is told."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

from pathlib import Path

import pytest
from bpmn_text import between, codes, document, messages, node_of, only, process, read

from dag_factory.diagnostics import Severity
from dag_factory.frontends.read_result import ReadResult


def test_an_abstract_task_does_no_work_and_says_so() -> None:
    result = read(between('<task id="x"/>'))
    assert node_of(result).type == "task"
    assert codes(result, Severity.INFO) == ["DF412"]


def test_a_manual_task_is_confirmed_by_a_person() -> None:
    fields = node_of(read(between('<manualTask id="x" name="Swap disk"/>'))).fields
    assert (fields.type, fields.options, fields.stop_on) == ("manual", ["Done"], [])


@pytest.mark.parametrize("vendor", ["camunda", "activiti", "flowable"])
def test_people_and_groups_of_the_engine_family(vendor: str) -> None:
    task = f'<userTask id="x" {vendor}:candidateUsers="ann, ${{pick(a,b)}}" {vendor}:candidateGroups="ops,${{team}}"/>'
    result = read(between(task.replace("pick(a,b)", "coalesce(a, b)")))
    assert node_of(result).fields.assignees == ["ann", "${coalesce(a, b)}"]
    assert node_of(result).fields.candidate_groups == ["ops", "${team}"]


def test_an_assignee_goes_before_candidate_users() -> None:
    task = '<userTask id="x" camunda:assignee="kim" camunda:candidateUsers="ann"/>'
    assert node_of(read(between(task))).fields.assignees == ["kim"]


def test_who_started_the_run_is_known_by_the_engines_variable() -> None:
    body = between('<userTask id="x" flowable:assignee="${boss}"/>').replace(
        'id="s"', 'id="s" flowable:initiator="boss"'
    )
    assert node_of(read(body)).fields.assignees == ["${run.initiator}"]
    assert node_of(read(between('<userTask id="x" flowable:assignee="$INITIATOR"/>'))).fields.assignees == [
        "${run.initiator}"
    ]


def test_an_assignment_by_engine_code_is_reported() -> None:
    result = read(between('<userTask id="x" camunda:assignee="${bean.findBoss(task)}"/>'))
    assert codes(result) == ["DF321"]
    assert node_of(result).fields.assignees == []


@pytest.mark.parametrize(
    ("given", "people"),
    [('assignee="kim"', ["kim"]), ('assignee="=boss"', ["${boss}"]), ('candidateUsers=\'=["a","b"]\'', ["a", "b"])],
)
def test_people_of_zeebe(given: str, people: list[str]) -> None:
    task = f'<userTask id="x"><extensionElements><zeebe:assignmentDefinition {given}/></extensionElements></userTask>'
    assert node_of(read(between(task))).fields.assignees == people


def test_roles_of_the_standard() -> None:
    task = (
        '<userTask id="x"><humanPerformer><resourceAssignmentExpression><formalExpression>kim</formalExpression>'
        "</resourceAssignmentExpression></humanPerformer><potentialOwner><resourceAssignmentExpression>"
        "<formalExpression>user(ann), group(ops)</formalExpression></resourceAssignmentExpression></potentialOwner></userTask>"
    )
    fields = node_of(read(between(task))).fields
    assert (fields.assignees, fields.candidate_groups) == (["kim", "ann"], ["ops"])


def test_a_role_by_reference_is_the_group_of_that_name() -> None:
    task = '<userTask id="x"><potentialOwner><resourceRef>r1</resourceRef></potentialOwner></userTask>'
    result = read(document('<resource id="r1" name="Change board"/>', process(between(task))))
    assert node_of(result).fields.candidate_groups == ["Change board"]


def test_people_of_jbpm() -> None:
    task = (
        '<userTask id="x"><ioSpecification><dataInput id="i" name="GroupId"/></ioSpecification>'
        "<dataInputAssociation><targetRef>i</targetRef><assignment><from>ops</from><to>i</to></assignment>"
        "</dataInputAssociation></userTask>"
    )
    result = read(document(process(between(task), attributes='id="demo" drools:version="1"')))
    assert node_of(result).fields.candidate_groups == ["ops"]


def of_jbpm(task: str, *declared: str) -> ReadResult:
    """Read a task of a process that jBPM runs."""
    return read(document(*declared, process(between(task), attributes='id="demo" drools:version="1"')))


def jbpm_input(name: str, value: str) -> tuple[str, str]:
    """Return a data input, and the association that gives it a fixed value."""
    assignment = f"<assignment><from>{value}</from><to>in_{name}</to></assignment>"
    return (
        f'<dataInput id="in_{name}" name="{name}"/>',
        f"<dataInputAssociation><targetRef>in_{name}</targetRef>{assignment}</dataInputAssociation>",
    )


def test_a_bare_potential_owner_is_a_user_of_jbpm_and_a_group_elsewhere() -> None:
    task = (
        '<userTask id="x"><potentialOwner><resourceAssignmentExpression><formalExpression>ann'
        "</formalExpression></resourceAssignmentExpression></potentialOwner></userTask>"
    )
    assert node_of(of_jbpm(task)).fields.assignees == ["ann"]
    assert node_of(read(between(task))).fields.candidate_groups == ["ann"]


def test_what_a_user_task_of_jbpm_gets_is_shown_and_what_it_gives_back_is_asked_for() -> None:
    inputs = [
        jbpm_input("TaskName", "check"),
        jbpm_input("Comment", "Look at #{host}"),
        jbpm_input("size", "#{gigabytes}"),
    ]
    task = (
        '<userTask id="x"><ioSpecification>' + "".join(item for item, _ in inputs) + '<dataOutput id="o1" name="isFine"'
        ' itemSubjectRef="b"/><dataOutput id="o2" name="disk" itemSubjectRef="c"/></ioSpecification>'
        + "".join(given for _, given in inputs)
        + "<dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>fine</targetRef></dataOutputAssociation>"
        "<dataOutputAssociation><sourceRef>o2</sourceRef><targetRef>disk</targetRef></dataOutputAssociation></userTask>"
    )
    result = of_jbpm(
        task,
        '<itemDefinition id="b" structureRef="java.lang.Boolean"/>',
        '<itemDefinition id="c" structureRef="com.example.Disk"/>',
    )
    fields = node_of(result).fields
    assert fields.body == "Look at ${host}\n\nsize: ${gigabytes}"
    assert [(field.name, field.type) for field in fields.form] == [("isFine", "boolean")]
    assert fields.outputs == {"isFine": "form.isFine", "fine": "form.isFine"}
    assert codes(result) == ["DF451"]
    assert "'disk' of the class 'com.example.Disk'" in messages(result)


def test_a_deadline_of_a_user_task_of_jbpm_is_reported() -> None:
    item, given = jbpm_input("NotCompletedNotify", "[users:ann]@[4h]")
    result = of_jbpm(f'<userTask id="x"><ioSpecification>{item}</ioSpecification>{given}</userTask>')
    assert codes(result) == ["DF420"]


def test_the_form_of_camunda_becomes_fields_and_variables() -> None:
    task = (
        '<userTask id="x"><extensionElements><camunda:formData>'
        '<camunda:formField id="ok" label="Fine?" type="boolean" defaultValue="true"/>'
        '<camunda:formField id="size" type="long"><camunda:validation><camunda:constraint name="required"/>'
        "</camunda:validation></camunda:formField>"
        '<camunda:formField id="env" type="enum"><camunda:value id="prod" name="P"/><camunda:value id="test" name="T"/>'
        "</camunda:formField></camunda:formData></extensionElements></userTask>"
    )
    fields = node_of(read(between(task))).fields
    assert [(field.name, field.type, field.required, field.default, field.options) for field in fields.form] == [
        ("ok", "boolean", False, True, []),
        ("size", "integer", True, None, []),
        ("env", "enum", False, None, ["prod", "test"]),
    ]
    assert fields.form[0].title == "Fine?"
    assert fields.outputs == {"ok": "form.ok", "size": "form.size", "env": "form.env"}


def test_the_form_of_flowable_leaves_out_what_cannot_be_written() -> None:
    task = (
        '<userTask id="x"><extensionElements><flowable:formProperty id="note" name="Note" required="true"/>'
        '<flowable:formProperty id="seen" writable="false"/></extensionElements></userTask>'
    )
    assert [(field.name, field.required) for field in node_of(read(between(task))).fields.form] == [("note", True)]


def test_the_form_that_zeebe_embeds_is_found() -> None:
    form = (
        '{"components":[{"type":"text","text":"hi"},{"type":"group","components":[{"type":"number","key":"n",'
        '"decimalDigits":0,"validate":{"required":true}}]},{"type":"select","key":"s","values":[{"label":"A","value":"a"}]},'
        '{"type":"datetime","subtype":"date","key":"d","dateLabel":"Day"},{"type":"textfield","key":"ro","readonly":true}]}'
    )
    body = f'<extensionElements><zeebe:userTaskForm id="f1">{form}</zeebe:userTaskForm></extensionElements>' + between(
        '<userTask id="x"><extensionElements><zeebe:formDefinition formKey="camunda-forms:bpmn:f1"/></extensionElements></userTask>'
    )
    result = read(body)
    assert [(field.name, field.type, field.required) for field in node_of(result).fields.form] == [
        ("n", "integer", True),
        ("s", "enum", False),
        ("d", "date", False),
    ]
    assert codes(result) == []


def test_a_form_kept_elsewhere_is_reported() -> None:
    assert codes(read(between('<userTask id="x" camunda:formKey="embedded:app:form.html"/>'))) == ["DF433"]


def test_a_form_field_that_cannot_be_a_variable_is_reported() -> None:
    task = '<userTask id="x"><extensionElements><flowable:formProperty id="not-a-name"/></extensionElements></userTask>'
    assert codes(read(between(task))) == ["DF430"]


def test_the_form_of_the_start_gives_inputs_of_the_run() -> None:
    form = '<extensionElements><camunda:formData><camunda:formField id="host" label="Host" type="string"/></camunda:formData></extensionElements>'
    body = f'<startEvent id="s">{form}</startEvent><task id="x"/>'
    assert [(item.name, item.type, item.title) for item in only(read(body)).variables] == [("host", "string", "Host")]


def test_data_objects_with_a_value_are_inputs_with_a_default() -> None:
    data = (
        '<dataObject id="d" name="limit" itemSubjectRef="xsd:int"><extensionElements><flowable:value>90</flowable:value>'
        "</extensionElements></dataObject>"
    )
    assert [
        (item.name, item.type, item.default) for item in only(read(data + between('<task id="x"/>'))).variables
    ] == [("limit", "integer", 90)]


@pytest.mark.parametrize(("due", "seconds", "found"), [("PT4H", 14_400, []), ("${due}", None, ["DF435"])])
def test_a_due_date_is_the_timeout_where_it_is_a_duration(due: str, seconds: int | None, found: list[str]) -> None:
    result = read(between(f'<userTask id="x" camunda:dueDate="{due}"/>'))
    assert node_of(result).fields.timeout_seconds == seconds
    assert codes(result) == found


def test_names_that_look_like_expressions_stay_text() -> None:
    fields = node_of(
        read(between('<userTask id="x" name="Pay ${amount}"><documentation>${x</documentation></userTask>'))
    ).fields
    assert (fields.subject, fields.body) == ("Pay $${amount}", "$${x")


@pytest.mark.parametrize(
    ("given", "language"),
    [("sh", "sh"), ("Shell", "sh"), ("bash", "bash"), ("python", "python"), ("text/x-python", "python")],
)
def test_scripts_that_run(given: str, language: str) -> None:
    task = f'<scriptTask id="x" scriptFormat="{given}" camunda:resultVariable="out"><script>\necho 1\n</script></scriptTask>'
    fields = node_of(read(between(task))).fields
    assert (fields.type, fields.language, fields.script, fields.outputs) == (
        "script",
        language,
        "echo 1",
        {"out": "result"},
    )


@pytest.mark.parametrize("language", ["groovy", "javascript", "http://www.java.com/java", "feel"])
def test_scripts_in_other_languages_never_run(language: str) -> None:
    result = read(between(f'<scriptTask id="x" scriptFormat="{language}"><script>a()</script></scriptTask>'))
    assert node_of(result).type == "unbound"
    assert language in node_of(result).fields.reason
    assert codes(result) == ["DF410"]


def test_a_script_that_is_an_expression_sets_its_variable() -> None:
    task = '<scriptTask id="x" scriptFormat="juel" camunda:resultVariable="n">{}<script>${{size + 1}}</script></scriptTask>'
    fields = node_of(read(between(task.format("")))).fields
    assert (fields.type, fields.values) == ("assign", {"n": "size + 1"})
    mapping = '<extensionElements><camunda:in source="a" target="b"/></extensionElements>'
    assert codes(read(between(task.format(mapping)))) == ["DF452"]
    bad = '<scriptTask id="x" scriptFormat="feel"><script>for a in b return</script></scriptTask>'
    assert codes(read(between(bad))) == ["DF410"]


def test_a_script_without_language_or_text() -> None:
    assert node_of(read(between('<scriptTask id="x"><script>a</script></scriptTask>'))).type == "unbound"
    result = read(between('<scriptTask id="x" scriptFormat="sh"><script/></scriptTask>'))
    assert (node_of(result).type, codes(result)) == ("task", ["DF413"])


def test_a_script_file_beside_the_template_is_read(tmp_path: Path) -> None:
    (tmp_path / "clean.sh").write_text("echo clean\n")
    task = '<scriptTask id="x" scriptFormat="sh" camunda:resource="deployment://clean.sh"/>'
    result = read(between(task), folder=tmp_path)
    assert node_of(result).fields.script == "echo clean\n"
    assert list(result.siblings) == ["clean.sh"]


@pytest.mark.parametrize("name", ["../secret.sh", "/etc/passwd", "missing.sh", "a\\b.sh", "folder"])
def test_a_script_file_elsewhere_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "t" / "folder").mkdir(parents=True)
    (tmp_path / "secret.sh").write_text("secret")
    result = read(between(f'<scriptTask id="x" scriptFormat="sh" camunda:resource="{name}"/>'), folder=tmp_path / "t")
    assert codes(result) == ["DF415"]
    assert not any(result.siblings.values())


def test_inputs_and_outputs_of_a_script() -> None:
    task = (
        '<scriptTask id="x" scriptFormat="sh"><extensionElements><camunda:inputOutput>'
        '<camunda:inputParameter name="HOST">db-${env}</camunda:inputParameter>'
        '<camunda:outputParameter name="free">${disk.free}</camunda:outputParameter>'
        "</camunda:inputOutput></extensionElements><script>df</script></scriptTask>"
    )
    fields = node_of(read(between(task))).fields
    assert (fields.environment, fields.outputs) == ({"HOST": "db-${env}"}, {"free": "result.disk.free"})


@pytest.mark.parametrize(
    ("task", "part"),
    [
        ('<serviceTask id="x" camunda:class="a.B"/>', "Java class 'a.B'"),
        ('<serviceTask id="x" flowable:delegateExpression="${b}"/>', "Java object '${b}'"),
        ('<serviceTask id="x" camunda:type="external" camunda:topic="mail"/>', "topic 'mail'"),
        ('<serviceTask id="x" flowable:type="mail"/>', "mail without a recipient"),
        ('<serviceTask id="x" camunda:expression="${bean.run(execution)}"/>', "engine code"),
        ('<sendTask id="x" camunda:delegateExpression="${b}"/>', "Java object"),
        ('<businessRuleTask id="x" camunda:decisionRef="risk"/>', "decision 'risk'"),
        ('<serviceTask id="x" implementation="urn:mine"/>', "implementation 'urn:mine'"),
        ('<task id="x" drools:taskName="Log"/>', "work item 'Log'"),
        ('<businessRuleTask id="x" drools:ruleFlowGroup="g"/>', "rule group 'g'"),
        ('<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="pay"/></extensionElements></serviceTask>', "job type 'pay'"),
        ('<businessRuleTask id="x"><extensionElements><zeebe:calledDecision decisionId="d"/></extensionElements></businessRuleTask>', "decision 'd'"),
    ],
)  # fmt: skip
def test_work_that_only_an_engine_could_do_fails_with_the_reason(task: str, part: str) -> None:
    result = read(between(task))
    assert node_of(result).type == "unbound"
    assert part in node_of(result).fields.reason
    assert codes(result) == ["DF410"]


def test_an_operation_of_an_interface_is_named() -> None:
    interface = '<interface id="i" name="Billing"><operation id="op" name="charge"/></interface>'
    result = read(document(interface, process(between('<serviceTask id="x" operationRef="op"/>'))))
    assert "Billing.charge" in node_of(result).fields.reason


@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "businessRuleTask"])
@pytest.mark.parametrize("implementation", ["", 'implementation="##WebService"', 'implementation="webService"'])
def test_a_task_without_an_implementation_does_nothing(kind: str, implementation: str) -> None:
    result = read(between(f'<{kind} id="x" {implementation}/>'))
    assert (node_of(result).type, codes(result)) == ("task", ["DF416"])


def test_an_expression_that_is_safe_sets_its_variable() -> None:
    fields = node_of(
        read(between('<serviceTask id="x" camunda:expression="${a + 1}" camunda:resultVariable="b"/>'))
    ).fields
    assert (fields.type, fields.values) == ("assign", {"b": "a + 1"})
    task = '<scriptTask id="x"><extensionElements><zeebe:script expression="=a + 1" resultVariable="b"/></extensionElements></scriptTask>'
    assert node_of(read(between(task))).fields.values == {"b": "a + 1"}


def test_an_expression_whose_value_nobody_keeps_does_nothing() -> None:
    result = read(between('<serviceTask id="x" flowable:expression="${true}"/>'))
    assert (node_of(result).type, codes(result)) == ("task", [])


def test_the_http_connector_of_camunda() -> None:
    task = (
        '<serviceTask id="x"><extensionElements><camunda:connector><camunda:inputOutput>'
        '<camunda:inputParameter name="url">https://cmdb.example:8443/api/${host}?q=1</camunda:inputParameter>'
        '<camunda:inputParameter name="method">post</camunda:inputParameter>'
        '<camunda:inputParameter name="headers"><camunda:map><camunda:entry key="Accept">json</camunda:entry></camunda:map></camunda:inputParameter>'
        '<camunda:inputParameter name="payload">{"a": "${b}"}</camunda:inputParameter>'
        '<camunda:outputParameter name="code">${statusCode}</camunda:outputParameter>'
        '<camunda:outputParameter name="answer">${response.items[0]}</camunda:outputParameter>'
        "</camunda:inputOutput><camunda:connectorId>http-connector</camunda:connectorId></camunda:connector></extensionElements></serviceTask>"
    )
    result = read(between(task))
    fields = node_of(result).fields
    assert (fields.connection, fields.endpoint, fields.method) == ("http_cmdb_example_8443", "/api/${host}?q=1", "POST")
    assert (fields.headers, fields.body) == ({"Accept": "json"}, '{"a": "${b}"}')
    assert fields.outputs == {"code": "status", "answer": "body.items[0]"}
    assert codes(result) == ["DF445"]
    assert "'http_cmdb_example_8443'" in messages(result)


def test_the_http_task_of_flowable() -> None:
    values = {
        "requestMethod": "PUT", "requestUrl": "http://x.example/a", "requestHeaders": "A: 1\nB: ${b}",
        "requestBody": "${c}", "responseVariableName": "answer", "requestTimeout": "5000",
    }  # fmt: skip
    inner = "".join(
        f'<flowable:field name="{k}"><flowable:expression>{v}</flowable:expression></flowable:field>'
        for k, v in values.items()
    )
    task = f'<serviceTask id="x" flowable:type="http"><extensionElements>{inner}</extensionElements></serviceTask>'
    fields = node_of(read(between(task))).fields
    assert (fields.method, fields.headers, fields.body) == ("PUT", {"A": "1", "B": "${b}"}, "${c}")
    assert (fields.outputs, fields.timeout_seconds) == ({"answer": "body"}, 5)


def test_the_http_task_of_flowable_keeps_what_the_engine_would() -> None:
    url = '<flowable:field name="requestUrl" stringValue="https://x.example/a"/>'

    def outputs(fields: str) -> dict[str, str]:
        task = f'<serviceTask id="x" flowable:type="http"><extensionElements>{fields}</extensionElements></serviceTask>'
        return dict(node_of(read(between(task))).fields.outputs)

    assert outputs(url) == {"xResponseBody": "body"}
    more = '<flowable:field name="resultVariablePrefix" stringValue="p"/><flowable:field name="saveResponseParameters" stringValue="true"/>'
    kept = {"pResponseBody": "body", "pResponseStatusCode": "status", "pResponseHeaders": "headers"}
    assert outputs(url + more) == kept
    assert codes(read(between('<serviceTask id="x" flowable:type="http"/>'))) == ["DF410"]


def test_the_http_connector_of_zeebe() -> None:
    task = (
        '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="io.camunda:http-json:1" retries="4"/>'
        '<zeebe:ioMapping><zeebe:input source="https://x.example/a" target="url"/><zeebe:input source="GET" target="method"/>'
        '<zeebe:input source=\'={"Accept": kind}\' target="headers"/></zeebe:ioMapping>'
        '<zeebe:taskHeaders><zeebe:header key="resultExpression" value="={city: response.body.city, code: response.status}"/>'
        "</zeebe:taskHeaders></extensionElements></serviceTask>"
    )
    fields = node_of(read(between(task))).fields
    assert (fields.endpoint, fields.headers, fields.retries) == ("/a", {"Accept": "${kind}"}, 3)
    assert fields.outputs == {"city": "body.city", "code": "status"}


def test_an_address_whose_host_is_computed_needs_a_connection_of_the_users() -> None:
    task = '<serviceTask id="x" flowable:type="http"><extensionElements><flowable:field name="requestUrl" stringValue="${base}/a"/></extensionElements></serviceTask>'
    result = read(between(task))
    assert (node_of(result).fields.connection, codes(result)) == ("http_default", ["DF445"])


def test_credentials_in_an_address_do_not_reach_the_model() -> None:
    task = '<serviceTask id="x" flowable:type="http"><extensionElements><flowable:field name="requestUrl" stringValue="https://me:pass@h.example/"/></extensionElements></serviceTask>'
    result = read(between(task))
    assert "pass" not in str(node_of(result)) + messages(result)


@pytest.mark.parametrize("vendor", ["flowable", "activiti"])
def test_the_shell_task_is_a_script_whose_arguments_cannot_inject(vendor: str) -> None:
    def field(name: str, value: str) -> str:
        return f'<{vendor}:field name="{name}"><{vendor}:string>{value}</{vendor}:string></{vendor}:field>'

    inner = (
        field("command", "ls") + field("arg1", "${path}") + field("arg2", "a; b") + field("outputVariable", "listing")
    )
    fields = node_of(
        read(
            between(
                f'<serviceTask id="x" {vendor}:type="shell"><extensionElements>{inner}</extensionElements></serviceTask>'
            )
        )
    ).fields
    assert fields.script == "ls \"$ARG1\" 'a; b'"
    assert (fields.environment, fields.outputs) == ({"ARG1": "${path}"}, {"listing": "output"})


@pytest.mark.parametrize(("cycle", "retries", "delay"), [("R3/PT10M", 2, 600), ("PT1M,PT5M", 2, 60)])
def test_retries_of_the_engine_family(cycle: str, retries: int, delay: int) -> None:
    inner = f"<extensionElements><camunda:failedJobRetryTimeCycle>{cycle}</camunda:failedJobRetryTimeCycle></extensionElements>"
    fields = node_of(
        read(between(f'<scriptTask id="x" scriptFormat="sh">{inner}<script>a</script></scriptTask>'))
    ).fields
    assert (fields.retries, fields.retry_delay_seconds) == (retries, delay)


def test_a_retry_cycle_that_is_not_understood_is_reported() -> None:
    task = '<scriptTask id="x" scriptFormat="sh" camunda:failedJobRetryTimeCycle="${c}"><script>a</script></scriptTask>'
    assert codes(read(between(task))) == ["DF440"]


@pytest.mark.parametrize(
    "task",
    [
        '<callActivity id="x" camunda:caseRef="claim"/>',
        '<serviceTask id="x" flowable:type="case" flowable:caseDefinitionKey="claim"/>',
    ],
)
def test_a_case_of_cmmn_cannot_be_called(task: str) -> None:
    result = read(between(task))
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF410"])
    assert "the CMMN case 'claim'" in messages(result)


def test_calls_pass_variables_in_both_directions() -> None:
    call = (
        '<callActivity id="x" calledElement="other"><extensionElements><camunda:in source="a" target="b"/>'
        '<camunda:in sourceExpression="${a + 1}" target="c"/><camunda:out source="d" target="e"/></extensionElements></callActivity>'
    )
    fields = node_of(read(between(call))).fields
    assert (fields.template, fields.variables, fields.outputs) == (
        "other",
        {"b": "${a}", "c": "${a + 1}"},
        {"e": "result.d"},
    )


def test_a_called_process_of_the_same_file_gives_back_what_is_taken() -> None:
    call = '<callActivity id="x" calledElement="Process_2"><extensionElements><camunda:out source="d" target="e"/></extensionElements></callActivity>'
    result = read(document(process(call), process('<task id="t"/>', attributes='id="Process_2" isExecutable="true"')))
    caller, called = result.processes
    assert caller.scope.nodes[0].fields.template == called.id == "file"
    assert called.result == {"d": "coalesce(d, null)"}


def test_calls_of_zeebe() -> None:
    call = (
        '<callActivity id="x"><extensionElements><zeebe:calledElement processId="other" propagateAllChildVariables="true"/>'
        '<zeebe:ioMapping><zeebe:input source="=a" target="b"/><zeebe:output source="=c" target="d"/></zeebe:ioMapping>'
        "</extensionElements></callActivity>"
    )
    result = read(between(call))
    fields = node_of(result).fields
    assert (fields.template, fields.variables, fields.outputs) == ("other", {"b": "${a}"}, {"d": "result.c"})
    assert codes(result) == ["DF463"]


def test_a_call_by_the_standards_data_associations() -> None:
    call = (
        '<callActivity id="x" calledElement="other"><ioSpecification><dataInput id="i" name="b"/><dataOutput id="o" name="c"/></ioSpecification>'
        "<dataInputAssociation><sourceRef>a</sourceRef><targetRef>i</targetRef></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>d</targetRef></dataOutputAssociation></callActivity>"
    )
    fields = node_of(read(between(call))).fields
    assert (fields.variables, fields.outputs) == ({"b": "${a}"}, {"d": "result.c"})


@pytest.mark.parametrize(
    ("attributes", "kind", "code"),
    [("", "task", "DF460"), ('calledElement="${which}"', "unbound", "DF410")],
)
def test_a_call_of_nothing_or_of_something_computed(attributes: str, kind: str, code: str) -> None:
    result = read(between(f'<callActivity id="x" {attributes}/>'))
    assert (node_of(result).type, codes(result)) == (kind, [code])


@pytest.mark.parametrize("listener", ["executionListener", "taskListener"])
def test_listeners_are_reported(listener: str) -> None:
    task = f'<userTask id="x"><extensionElements><camunda:{listener} class="a.B" event="end"/></extensionElements></userTask>'
    result = read(between(task))
    assert codes(result) == ["DF420"]
    assert listener in messages(result)


def test_what_a_vendor_writes_and_nobody_knows_is_an_info() -> None:
    assert codes(read(between('<manualTask id="x" camunda:novelty="1"/>')), Severity.INFO) == ["DF421"]


def test_the_extensions_of_an_unknown_tool_are_named_once() -> None:
    body = between('<manualTask id="x" q:a="1"><extensionElements><q:b/><q:b/></extensionElements></manualTask>')
    result = read(document(process(body, attributes='id="demo" isExecutable="true" xmlns:q="urn:quill"')))
    assert codes(result, Severity.INFO) == ["DF421"]
    assert "has 3 extensions of 'urn:quill'" in messages(result)
    assert "(a, b)" in messages(result)


@pytest.mark.parametrize(
    "part",
    [
        '<multiInstanceLoopCharacteristics camunda:collection="${l}"><extensionElements><flowable:variableAggregation'
        ' target="all"/></extensionElements></multiInstanceLoopCharacteristics>',
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality><complexBehaviorDefinition/>"
        "</multiInstanceLoopCharacteristics>",
    ],
)
def test_what_the_marker_of_a_repetition_has_and_does_not_run_is_reported(part: str) -> None:
    assert codes(read(between(f'<manualTask id="x">{part}</manualTask>'))) in (["DF420"], ["DF472"])


def test_a_filter_of_a_condition_is_reported() -> None:
    event = (
        '<intermediateCatchEvent id="x"><conditionalEventDefinition camunda:variableName="n"><condition>${n > 1}'
        "</condition></conditionalEventDefinition></intermediateCatchEvent>"
    )
    assert codes(read(between(event))) == ["DF420"]


def test_a_receive_task_waits_for_its_message() -> None:
    message = '<message id="m" name="order paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/></extensionElements></message>'
    fields = node_of(read(document(message, process(between('<receiveTask id="x" messageRef="m"/>'))))).fields
    assert (fields.position, fields.definition, fields.reference, fields.correlation) == (
        "catch",
        "message",
        "order paid",
        "orderId",
    )
    assert codes(read(between('<receiveTask id="x"/>'))) == ["DF417"]


def test_a_send_task_with_only_a_message_sends_it() -> None:
    fields = node_of(
        read(document('<message id="m" name="hello"/>', process(between('<sendTask id="x" messageRef="m"/>'))))
    ).fields
    assert (fields.position, fields.definition, fields.reference) == ("throw", "message", "hello")


def test_an_operation_gives_the_message_by_which_it_is_called() -> None:
    interface = (
        '<message id="m" name="order paid"/><interface id="i" name="shop"><operation id="o" name="pay">'
        "<inMessageRef>m</inMessageRef></operation></interface>"
    )
    event = "<messageEventDefinition><operationRef>o</operationRef></messageEventDefinition>"
    for node in (
        '<receiveTask id="x" operationRef="o"/>',
        f'<intermediateCatchEvent id="x">{event}</intermediateCatchEvent>',
    ):
        result = read(document(interface, process(between(node))))
        assert node_of(result).fields.reference == "order paid"
        assert codes(result) == []
