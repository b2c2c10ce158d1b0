"""Gateways, conditions, choices, repetition, events, schedules: how the flow goes."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import pytest
from bpmn_text import between, codes, document, flow, flows_of, messages, node_of, only, process, read

from dag_factory.diagnostics import Severity
from dag_factory.frontends.read_result import ReadResult


def gateway(kind: str, *conditions: str | None, before: str = "", attributes: str = "", names: str = "") -> ReadResult:
    """Read a gateway with one flow for each condition; ``names`` are the flows' names, separated by commas."""
    labels = names.split(",") if names else [""] * len(conditions)
    ends = "".join(f'<endEvent id="e{i}" name="End {i}"/>' for i in range(len(conditions)))
    flows = "".join(flow("g", f"e{i}", text, name=labels[i]) for i, text in enumerate(conditions))
    first = before or '<scriptTask id="b" scriptFormat="sh"><script>true</script></scriptTask>'
    return read(
        f'<startEvent id="s"/>{first}{flow("s", "b")}{flow("b", "g")}<{kind} id="g" {attributes}/>{ends}{flows}'
    )


def conditions_of(result: ReadResult) -> list[str | None]:
    return [item.condition for item in flows_of(result).values() if item.source == "g"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("${a == 'x'}", 'a == "x"'),
        ("#{execution.getVariable(&quot;a&quot;) == true}", "a == true"),
        ('=a = "x" and b &gt; 3', 'a == "x" and b > 3'),
        ("a &gt; 3", "a > 3"),
        ("bpmn:getDataObject('the order') = 'new'", 'the_order == "new"'),
        ("not(getProcessProperty('paid'))", "not paid"),
        ("<![CDATA[${n >= 1 && n < 5}]]>", "n >= 1 and n < 5"),
    ],
)
def test_conditions_of_every_dialect_are_one_language(given: str, expected: str) -> None:
    result = gateway("exclusiveGateway", given, None, attributes='default="g_e1"')
    assert conditions_of(result) == [expected, None]
    assert flows_of(result)["g_e1"].is_default
    assert codes(result) == []


def test_a_condition_that_cannot_be_read_is_asked_for_beside_others_that_can() -> None:
    result = gateway("exclusiveGateway", "${bean.check(x)}", "${a}", None, attributes='default="g_e2"')
    assert codes(result) == ["DF320"]
    assert result.diagnostics[-1].line is not None
    assert "check" in messages(result)
    assert conditions_of(result) == ["condition_g_e0", "a", None]
    variable = only(result).variables[0]
    assert (variable.name, variable.type, variable.is_required) == ("condition_g_e0", "boolean", True)
    assert "bean.check(x)" in variable.description


def test_where_no_condition_can_be_read_the_way_is_chosen_by_hand() -> None:
    result = gateway("exclusiveGateway", "${a.b()}", "${c.d()}", names="Yes,No")
    assert codes(result) == ["DF320", "DF320"]
    assert conditions_of(result) == ['choice_g == "Yes"', 'choice_g == "No"']


def test_a_question_in_a_process_that_begins_by_itself_is_optional_and_says_so() -> None:
    start = '<startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>'
    result = read(start + '<task id="t"/><endEvent id="e"/>' + flow("s", "t") + flow("t", "e", "${a.b()}"))
    assert "DF345" in codes(result)
    assert not only(result).variables[0].is_required


def test_an_activity_whose_repetition_cannot_be_read_fails_when_reached() -> None:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>${a.size() + b.c()}</loopCardinality></multiInstanceLoopCharacteristics>"
    result = read(between(f'<manualTask id="x">{loop}</manualTask>'))
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF320"])


def test_a_boundary_event_whose_condition_cannot_be_read_never_happens() -> None:
    body = (
        '<startEvent id="s"/><task id="x"/><boundaryEvent id="b" attachedToRef="x"><conditionalEventDefinition>'
        "<condition>${a.b()}</condition></conditionalEventDefinition></boundaryEvent><endEvent id=\"e\"/>"
        + flow("s", "x") + flow("b", "e")
    )  # fmt: skip
    result = read(body)
    assert (node_of(result, "b").fields.condition, codes(result)) == ("false", ["DF320"])


@pytest.mark.parametrize("language", ["groovy", "http://www.java.com/java", "javascript"])
def test_code_as_a_condition_never_runs(language: str) -> None:
    text = f'<sequenceFlow id="f" sourceRef="x" targetRef="e"><conditionExpression language="{language}">return a.b().c();</conditionExpression></sequenceFlow>'
    result = read('<task id="x"/><endEvent id="e"/>' + text)
    assert codes(result) == ["DF322"]


def test_code_that_is_only_an_expression_is_read_as_one() -> None:
    text = '<sequenceFlow id="f" sourceRef="x" targetRef="e"><conditionExpression language="http://www.mvel.org/2.0">return n == 1;</conditionExpression></sequenceFlow>'
    result = read('<task id="x"/><endEvent id="e"/>' + text)
    assert (codes(result), flows_of(result)["f"].condition) == (["DF323"], "n == 1")


def test_a_path_into_a_data_object_is_no_variable() -> None:
    assert "DF320" in codes(gateway("exclusiveGateway", "bpmn:getDataObject('order')/t:state = 'new'", None))


def test_an_empty_condition_is_none() -> None:
    result = read('<task id="x"/><endEvent id="e"/>' + flow("x", "e", ""))
    assert flows_of(result)["x_e"].condition is None


def test_a_gateway_with_one_flow_asks_for_code_and_takes_words_as_a_label() -> None:
    code = gateway("exclusiveGateway", "${lookup(customer)}")
    assert (node_of(code, "g").type, conditions_of(code), codes(code)) == ("decision", ["condition_g_e0"], ["DF320"])
    words = gateway("exclusiveGateway", "when it is done")
    assert (node_of(words, "g").type, conditions_of(words)) == ("task", [None])


def test_words_as_conditions_are_labels_to_choose_from() -> None:
    result = gateway("exclusiveGateway", "stock is low", "yes")
    assert codes(result) == ["DF324"]
    assert [item.name for item in flows_of(result).values() if item.source == "g"] == ["stock is low", "yes"]
    assert only(result).variables[0].choices == ("stock is low", "yes")


def test_conditions_behind_a_parallel_gateway_count_for_nothing() -> None:
    result = gateway("parallelGateway", "${a}", "${b}")
    assert (conditions_of(result), codes(result)) == ([None, None], ["DF220", "DF220"])


def test_a_default_that_is_no_flow_of_the_gateway_is_reported() -> None:
    assert "DF221" in codes(gateway("exclusiveGateway", "${a}", "${b}", attributes='default="s_b"'))


def test_without_conditions_a_parameter_of_the_run_chooses() -> None:
    result = gateway("exclusiveGateway", None, None, None, names="ship,hold,")
    variable = only(result).variables[0]
    assert (variable.name, variable.choices, variable.is_required) == ("choice_g", ("ship", "hold", "End 2"), True)
    assert conditions_of(result) == ['choice_g == "ship"', 'choice_g == "hold"', 'choice_g == "End 2"']
    assert codes(result) == []
    assert "'choice_g'" in messages(result)


def test_the_default_flow_is_the_parameters_default() -> None:
    result = gateway("exclusiveGateway", None, None, names="ship,hold", attributes='default="g_e1"')
    variable = only(result).variables[0]
    assert (variable.default, variable.is_required) == ("hold", False)
    assert conditions_of(result) == ['choice_g == "ship"', None]


def test_equal_names_are_told_apart() -> None:
    assert only(gateway("exclusiveGateway", None, None, names="go,go")).variables[0].choices == ("go", "go (2)")


@pytest.mark.parametrize("names", ["ship,hold", "Approve,Reject", '"a\\,b{'])
def test_the_person_before_the_gateway_chooses(names: str) -> None:
    labels = names.replace('"', "&quot;")
    result = gateway("exclusiveGateway", None, None, before='<userTask id="b" name="Check"/>', names=labels)
    fields = node_of(result, "b").fields
    assert fields.options == names.split(",")
    assert fields.outputs == {"choice_g": "choice"}
    assert fields.stop_on == []
    assert only(result).variables == ()
    assert len(flows_of(result)) == 4


def test_an_inclusive_gateway_takes_several_answers() -> None:
    result = gateway("inclusiveGateway", None, None, before='<userTask id="b"/>', names="a,b")
    assert node_of(result, "b").fields.multiple
    assert node_of(result, "b").fields.outputs == {"choice_g": "choices"}
    assert conditions_of(result) == ['contains(choice_g, "a")', 'contains(choice_g, "b")']
    assert only(gateway("inclusiveGateway", None, None, names="a,b")).variables[0].type == "array"


def test_a_person_whose_answer_leads_elsewhere_too_does_not_choose() -> None:
    body = (
        '<userTask id="b"/><exclusiveGateway id="g"/><endEvent id="e0"/><endEvent id="e1"/><endEvent id="e2"/>'
        + flow("b", "g") + flow("b", "e2") + flow("g", "e0") + flow("g", "e1")
    )  # fmt: skip
    result = read(body)
    assert node_of(result, "b").fields.options == ["Done"]
    assert len(only(result).variables) == 1


def test_on_a_loop_a_person_chooses_in_each_round() -> None:
    body = (
        '<startEvent id="s"/><serviceTask id="a" flowable:expression="${true}"/><exclusiveGateway id="g" name="Fine?"/><endEvent id="e"/>'
        + flow("s", "a") + flow("a", "g") + flow("g", "a", name="again") + flow("g", "e", name="done")
    )  # fmt: skip
    result = read(body)
    asked = node_of(result, "g_choice")
    assert (asked.fields.options, asked.fields.outputs) == (["again", "done"], {"choice_g": "choice"})
    assert {(item.source, item.target) for item in flows_of(result).values()} == {
        ("s", "a"), ("a", "g_choice"), ("g_choice", "g"), ("g", "a"), ("g", "e")
    }  # fmt: skip
    assert conditions_of(result) == ['choice_g == "again"', 'choice_g == "done"']
    assert only(result).variables == ()
    assert "DF225" in codes(result, Severity.INFO)


def test_two_gateways_on_a_loop_are_asked_for_one_after_the_other() -> None:
    body = (
        '<startEvent id="s"/><exclusiveGateway id="g"/><exclusiveGateway id="h"/><endEvent id="e"/><endEvent id="f"/>'
        + flow("s", "g") + flow("g", "h") + flow("g", "e") + flow("h", "g") + flow("h", "f")
    )  # fmt: skip
    found = flows_of(read(body))
    assert {(item.source, item.target) for item in found.values()} == {
        ("s", "g_choice"), ("g_choice", "g"), ("g", "h_choice"), ("h_choice", "h"), ("h", "g_choice"), ("g", "e"), ("h", "f")
    }  # fmt: skip
    assert found["h_g"].condition == 'choice_h == "g"'
    assert found["g_h"].condition == 'choice_g == "h"'


def test_the_only_flow_without_a_condition_is_the_default() -> None:
    result = gateway("exclusiveGateway", "${a}", None)
    assert codes(result) == ["DF222"]
    assert flows_of(result)["g_e1"].is_default


def test_of_several_flows_without_a_condition_beside_others_a_parameter_chooses_after_the_conditions() -> None:
    result = gateway("exclusiveGateway", None, "${a}", None)
    assert conditions_of(result) == ["a", 'choice_g == "End 0"', 'choice_g == "End 2"']
    assert only(result).variables[0].choices == ("End 0", "End 2")
    assert codes(result) == ["DF227"]


def test_flows_of_an_inclusive_gateway_without_a_condition_are_always_taken() -> None:
    result = gateway("inclusiveGateway", "${a}", None, "${b}", None)
    assert conditions_of(result) == ["a", "true", "b", "true"]
    assert codes(result) == ["DF226"]


def test_a_scheduled_process_takes_the_first_way_and_says_so() -> None:
    body = (
        '<startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>'
        '<exclusiveGateway id="g"/><endEvent id="a" name="A"/><endEvent id="b" name="B"/>'
        + flow("s", "g") + flow("g", "a") + flow("g", "b")
    )  # fmt: skip
    result = read(body)
    assert (codes(result), only(result).variables[0].default) == (["DF224"], "A")


def test_gateways_that_only_join_pass_on_and_say_how_they_wait() -> None:
    def join(kind: str) -> tuple[str, str]:
        node = node_of(
            read(
                '<task id="a"/><task id="b"/><endEvent id="e"/>'
                + f'<{kind} id="x"/>'
                + flow("a", "x")
                + flow("b", "x")
                + flow("x", "e")
            )
        )
        return node.type, node.join

    assert join("exclusiveGateway") == ("task", "")
    assert join("inclusiveGateway") == ("task", "any")
    assert join("parallelGateway") == ("parallel_gateway", "all")


def test_event_and_complex_gateways_are_kept() -> None:
    waiting = f'<eventBasedGateway id="x" instantiate="true"/><receiveTask id="r"/>{flow("x", "r")}'
    assert node_of(read(waiting)).fields.is_instantiating
    gateway_text = '<complexGateway id="x"><activationCondition>${n &gt; 2}</activationCondition></complexGateway>'
    assert node_of(read(between(gateway_text))).fields.activation_condition == "n > 2"


def test_an_event_gateway_with_nothing_to_wait_for_fails_when_reached() -> None:
    result = read(between('<eventBasedGateway id="x"/>').replace("endEvent", "task"))
    assert codes(result) == ["DF230"]
    assert node_of(result).type == "unbound"


@pytest.mark.parametrize("element", ["receiveTask", "intermediateCatchEvent"])
def test_what_waits_behind_an_event_gateway_without_a_word_waits_for_a_message_of_its_name(element: str) -> None:
    start = between('<eventBasedGateway id="x"/>')
    result = read(f'{start}<{element} id="r" name="order comes"/>{flow("x", "r")}')
    assert codes(result) == ["DF417"]
    assert node_of(result, "r").fields.reference == "order comes"


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ('<standardLoopCharacteristics testBefore="true" loopMaximum="5"><loopCondition>${n &lt; 3}</loopCondition></standardLoopCharacteristics>',
         ("standard", None, None, "n < 3", "item", 5)),
        ('<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>',
         ("sequential", None, "3", None, "item", None)),
        ('<multiInstanceLoopCharacteristics camunda:collection="hosts" camunda:elementVariable="host"/>',
         ("parallel", "hosts", None, None, "host", None)),
        ('<multiInstanceLoopCharacteristics flowable:collection="${hosts}" flowable:elementVariable="host"><completionCondition>${n == 1}</completionCondition></multiInstanceLoopCharacteristics>',
         ("parallel", "hosts", None, "n == 1", "host", None)),
        ('<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=a.hosts" inputElement="host"/></extensionElements></multiInstanceLoopCharacteristics>',
         ("parallel", "a.hosts", None, None, "host", None)),
        ('<multiInstanceLoopCharacteristics><loopDataInputRef>hosts</loopDataInputRef><inputDataItem id="d" name="host"/></multiInstanceLoopCharacteristics>',
         ("parallel", "hosts", None, None, "host", None)),
    ],
)  # fmt: skip
def test_repetition_in_every_dialect(loop: str, expected: tuple[object, ...]) -> None:
    found = node_of(read(between(f'<manualTask id="x">{loop}</manualTask>'))).repetition
    assert (found.kind, found.collection, found.cardinality, found.condition, found.item, found.maximum) == expected


def test_loop_data_of_the_standard_is_followed_to_its_data_object() -> None:
    body = (
        '<dataObject id="d1" name="servers"/><userTask id="x"><ioSpecification><dataInput id="i" name="list"/></ioSpecification>'
        "<dataInputAssociation><sourceRef>d1</sourceRef><targetRef>i</targetRef></dataInputAssociation>"
        "<multiInstanceLoopCharacteristics><loopDataInputRef>i</loopDataInputRef></multiInstanceLoopCharacteristics></userTask>"
    )
    assert node_of(read(body)).repetition.collection == "servers"


@pytest.mark.parametrize(
    "loop",
    [
        '<extensionElements><zeebe:loopCharacteristics inputCollection="=hosts" outputCollection="sizes" outputElement="=size"/></extensionElements>',
        '<loopCardinality>2</loopCardinality><loopDataOutputRef>sizes</loopDataOutputRef><outputDataItem name="size"/>',
    ],
)
def test_results_of_instances_side_by_side_are_collected_behind_them(loop: str) -> None:
    task = (
        '<scriptTask id="x" scriptFormat="sh" camunda:resultVariable="size"><script>du</script>'
        f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics></scriptTask>"
    )
    result = read(between(task))
    assert codes(result) == []
    assert node_of(result, "x_collects").fields.values == {"sizes": "size"}
    assert {(item.source, item.target) for item in flows_of(result).values()} >= {
        ("x", "x_collects"),
        ("x_collects", "e"),
    }


def test_results_that_would_be_collected_are_reported() -> None:
    loop = (
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=a" '
        'outputCollection="all"/></extensionElements></multiInstanceLoopCharacteristics>'
    )
    assert codes(read(between(f'<manualTask id="x">{loop}</manualTask>'))) == ["DF471"]
    task = (
        '<manualTask id="x"><dataOutputAssociation><sourceRef>o</sourceRef><targetRef>sizes</targetRef></dataOutputAssociation>'
        "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality><loopDataOutputRef>o</loopDataOutputRef>"
        "</multiInstanceLoopCharacteristics></manualTask>"
    )
    result = read(between(task))
    assert codes(result) == ["DF471"]
    assert "'sizes'" in messages(result)


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ('subProcess id="x"', "embedded"),
        ('subProcess id="x" triggeredByEvent="true"', "event"),
        ('transaction id="x"', "transaction"),
        ('adHocSubProcess id="x"', "ad_hoc"),
    ],
)
def test_sub_processes_hold_their_scope(element: str, kind: str) -> None:
    start = '<startEvent id="a"><signalEventDefinition/></startEvent>' if kind == "event" else '<task id="a"/>'
    node = node_of(read(f'<{element}>{start}<task id="b"/>{flow("a", "b")}</{element.split()[0]}>'))
    assert (node.type, node.scope.kind) == ("group", kind)
    assert [child.id for child in node.scope.nodes] == ["a", "b"]
    assert len(node.scope.flows) == 1


def test_an_empty_sub_process_does_nothing() -> None:
    result = read(between('<subProcess id="x"/>'))
    assert (node_of(result).type, codes(result)) == ("task", ["DF418"])


def event(
    definition: str, *, element: str = "intermediateCatchEvent", root: str = "", attributes: str = ""
) -> ReadResult:
    body = f'<task id="t"/><{element} id="x" {attributes}>{definition}</{element}><endEvent id="e"/>' + flow("x", "e")
    return read(document(root, process(body)))


def test_messages_signals_errors_and_escalations_are_resolved() -> None:
    def reference(definition: str, root: str, element: str = "endEvent") -> tuple[str, str]:
        fields = node_of(event(definition, root=root, element=element)).fields
        return fields.definition, fields.reference

    assert reference('<messageEventDefinition messageRef="m"/>', '<message id="m" name="paid"/>') == ("message", "paid")
    assert reference('<signalEventDefinition signalRef="g"/>', '<signal id="g" name="alarm"/>') == ("signal", "alarm")
    assert reference('<errorEventDefinition errorRef="r"/>', '<error id="r" name="n" errorCode="E1"/>') == (
        "error",
        "E1",
    )
    assert reference('<escalationEventDefinition escalationRef="c"/>', '<escalation id="c" escalationCode="C1"/>') == (
        "escalation",
        "C1",
    )
    assert reference("<terminateEventDefinition/>", "") == ("terminate", "")
    assert reference("<cancelEventDefinition/>", "") == ("cancel", "")
    assert reference('<compensateEventDefinition activityRef="t"/>', "") == ("compensation", "t")


def test_a_definition_declared_elsewhere_is_followed() -> None:
    result = event(
        "<eventDefinitionRef>d</eventDefinitionRef>",
        root='<signalEventDefinition id="d" signalRef="g"/><signal id="g" name="alarm"/>',
    )
    assert node_of(result).fields.reference == "alarm"


@pytest.mark.parametrize(
    ("declared", "definition"),
    [
        ('<message id="m" name="order-${number}"/>', '<messageEventDefinition messageRef="m"/>'),
        ("", '<messageEventDefinition activiti:messageExpression="${number}"/>'),
        ("", '<signalEventDefinition flowable:signalExpression="#{alarm}"/>'),
    ],
)
def test_an_event_whose_name_is_computed_fails_when_reached_and_starts_nothing(declared: str, definition: str) -> None:
    result = event(definition, root=declared)
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF464"])
    started = read(document(declared, process(f'<startEvent id="x">{definition}</startEvent>')))
    assert (node_of(started).type, codes(started)) == ("start", ["DF464"])


def test_the_name_that_an_engine_gives_an_event_may_be_fixed() -> None:
    result = event('<messageEventDefinition activiti:messageExpression="order"/>')
    assert (node_of(result).fields.reference, codes(result)) == ("order", [])


def test_a_reference_to_nothing_is_reported_and_counts_as_the_name() -> None:
    result = event('<signalEventDefinition signalRef="alarm"/>')
    assert (codes(result), node_of(result).fields.reference) == (["DF160"], "alarm")


@pytest.mark.parametrize(
    ("definition", "field", "value"),
    [
        ("<timeDuration>PT10M</timeDuration>", "duration", "PT10M"),
        ("<timeDuration>${pause}</timeDuration>", "duration", "${pause}"),
        ("<timeDuration>PT${n}S</timeDuration>", "duration", "PT${n}S"),
        ('<timeDuration>=duration("PT" + string(n) + "S")</timeDuration>', "duration", '${"PT" + string(n) + "S"}'),
        ("<timeDate>2030-01-01T00:00:00Z</timeDate>", "until", "2030-01-01T00:00:00Z"),
        ("<timeDuration>1h30m</timeDuration>", "duration", "PT5400S"),
        ("<timeDuration>250ms</timeDuration>", "duration", "PT0.25S"),
        ("<timeDuration>10 minutes</timeDuration>", "duration", "PT10M"),
        ("<timeDuration>&quot;PT10M&quot;</timeDuration>", "duration", "PT10M"),
        ("<timeDuration>'${pause}'</timeDuration>", "duration", "${pause}"),
        ("<timeDuration>pt10m</timeDuration>", "duration", "PT10M"),
        ("<timeDuration>PT1.5H</timeDuration>", "duration", "PT1.5H"),
    ],
)
def test_a_timer_in_the_flow_is_a_wait(definition: str, field: str, value: str) -> None:
    result = event(f"<timerEventDefinition>{definition}</timerEventDefinition>")
    assert node_of(result).type == "wait"
    assert getattr(node_of(result).fields, field) == value


@pytest.mark.parametrize(
    ("cycle", "read_as", "found"),
    [
        ("500ms###10s", "R/PT0.5S", []),
        ("2m", "R/PT120S", []),
        ("R3/PT10M", "R3/PT10M", []),
        ("0 0/15 * * * ?", "0 0/15 * * * ?", []),
        ("now and then", "now and then", ["DF343"]),
    ],
)
def test_a_repeating_timer_in_the_flow_waits_for_its_first_time(cycle: str, read_as: str, found: list[str]) -> None:
    result = event(f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition>")
    assert (node_of(result).fields.timer, codes(result)) == (read_as, found)


def test_a_timer_that_races_with_other_events_stays_an_event() -> None:
    body = '<eventBasedGateway id="g"/><intermediateCatchEvent id="x"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    fields = node_of(read(body + flow("g", "x"))).fields
    assert (fields.type, fields.timer_kind, fields.timer) == ("event", "duration", "PT1M")


def test_a_timer_whose_time_engine_code_computes_asks_for_it() -> None:
    result = event(
        "<timerEventDefinition><timeDuration>PT${config.pollSeconds()}S</timeDuration></timerEventDefinition>"
    )
    assert (node_of(result).fields.duration, codes(result)) == ("${wait_x}", ["DF343"])
    assert only(result).variables[0].name == "wait_x"


def test_the_end_of_a_repetition_is_reported() -> None:
    cycle = '<timeCycle activiti:endDate="${end}">R3/PT1H</timeCycle>'
    assert codes(event(f"<timerEventDefinition>{cycle}</timerEventDefinition>")) == ["DF420"]


@pytest.mark.parametrize(("name", "duration"), [("24 Hours", "PT24H"), ("60s", "PT60S"), ("after 2 weeks", "P2W")])
def test_a_timer_may_say_its_time_by_its_name_only(name: str, duration: str) -> None:
    result = event("<timerEventDefinition/>", attributes=f'name="{name}"')
    assert node_of(result).fields.duration == duration
    assert "DF344" in codes(result, Severity.INFO)


def test_a_timer_without_a_time_asks_for_it() -> None:
    result = event("<timerEventDefinition/>", attributes='name="Later"')
    assert node_of(result).fields.duration == "${wait_x}"
    assert [(item.name, item.is_required) for item in only(result).variables] == [("wait_x", True)]
    assert codes(result) == ["DF343"]


@pytest.mark.parametrize(("attributes", "interrupts"), [("", True), ('cancelActivity="false"', False)])
def test_boundary_events_know_their_activity(attributes: str, interrupts: bool) -> None:
    definition = "<conditionalEventDefinition><condition>${n &gt; 1}</condition></conditionalEventDefinition>"
    result = event(definition, element="boundaryEvent", attributes=f'attachedToRef="t" {attributes}')
    fields = node_of(result).fields
    assert (fields.position, fields.attached_to, fields.condition, fields.is_interrupting) == (
        "boundary",
        "t",
        "n > 1",
        interrupts,
    )


@pytest.mark.parametrize("attached", ["", 'attachedToRef="nowhere"'])
def test_a_boundary_event_on_nothing_never_happens_and_is_left_out(attached: str) -> None:
    body = f'<task id="t"/><boundaryEvent id="x" {attached}><errorEventDefinition/></boundaryEvent><task id="u"/>'
    result = read(body + flow("x", "u"))
    assert sorted(codes(result)) == ["DF154", "DF156", "DF156"]
    assert [node.id for node in only(result).scope.nodes] == ["t"]


def test_a_compensation_handler_is_found_by_its_association() -> None:
    body = (
        '<task id="t"/><task id="undo" isForCompensation="true"/><boundaryEvent id="x" attachedToRef="t"><compensateEventDefinition/>'
        '</boundaryEvent><association id="a" sourceRef="x" targetRef="undo"/>'
    )
    assert node_of(read(body)).fields.reference == "undo"


@pytest.mark.parametrize("drawn", ["", "x", "in_flow"], ids=["nothing", "its activity", "a step of the flow"])
def test_a_compensation_event_without_a_handler_of_its_own_never_happens(drawn: str) -> None:
    line = f'<association sourceRef="b" targetRef="{drawn}"/>' if drawn else ""
    body = (
        '<startEvent id="s"/><userTask id="x"/><userTask id="in_flow"/><boundaryEvent id="b" attachedToRef="x">'
        f"<compensateEventDefinition/></boundaryEvent>{line}{flow('s', 'x')}{flow('x', 'in_flow')}"
    )
    assert codes(read(body)) == ["DF163", "DF156"]


def test_link_events_become_a_flow() -> None:
    body = (
        '<task id="t"/><intermediateThrowEvent id="from"><linkEventDefinition name="A"/></intermediateThrowEvent>'
        '<intermediateCatchEvent id="to"><linkEventDefinition name="A"/></intermediateCatchEvent><endEvent id="e"/>'
        + flow("t", "from") + flow("to", "e")
    )  # fmt: skip
    result = read(body)
    assert ("from", "to") in [(item.source, item.target) for item in flows_of(result).values()]
    assert {node_of(result, name).type for name in ("from", "to")} == {"task"}
    assert codes(result) == []


def test_a_link_that_leads_nowhere_fails_when_reached() -> None:
    result = event('<linkEventDefinition name="A"/>', element="intermediateThrowEvent")
    assert (node_of(result).type, codes(result)) == ("unbound", ["DF250"])


def test_a_link_with_two_targets_fails_when_reached_and_its_targets_are_never_reached() -> None:
    link = '<linkEventDefinition name="A"/>'
    body = "".join(
        f'<intermediateCatchEvent id="c{i}">{link}</intermediateCatchEvent><task id="t{i}"/>{flow(f"c{i}", f"t{i}")}'
        for i in (1, 2)
    )
    result = read(between(f'<intermediateThrowEvent id="x">{link}</intermediateThrowEvent>') + body)
    assert sorted(codes(result)) == ["DF156", "DF156", "DF156", "DF156", "DF250"]
    assert [node.id for node in only(result).scope.nodes] == ["s", "x", "e"]


def test_events_without_a_definition() -> None:
    assert node_of(event("", element="intermediateThrowEvent")).type == "task"
    assert codes(event("")) == ["DF456"]
    assert node_of(event("", element="endEvent")).type == "end"


def test_events_of_flowables_registry_are_messages() -> None:
    extension = (
        "<extensionElements><flowable:eventType>customer</flowable:eventType>"
        '<flowable:eventCorrelationParameter name="id" value="${customerId}"/></extensionElements>'
    )
    fields = node_of(event(extension)).fields
    assert (fields.definition, fields.reference, fields.correlation) == ("message", "customer", "customerId")


def test_what_an_event_sets_is_set_by_a_step_behind_it() -> None:
    outputs = '<extensionElements><zeebe:ioMapping><zeebe:output source="=true" target="done"/><zeebe:output source="=1" target="a.b"/></zeebe:ioMapping></extensionElements>'
    body = f'<startEvent id="s">{outputs}</startEvent><task id="t"/>' + flow("s", "t")
    result = read(body)
    assert node_of(result, "s_sets").fields.values == {"done": "true"}
    assert {(item.source, item.target) for item in flows_of(result).values()} == {("s", "s_sets"), ("s_sets", "t")}
    assert codes(result) == ["DF451"]


def start(definition: str, zeebe: str = "") -> ReadResult:
    return read(
        f'<startEvent id="s">{zeebe}<timerEventDefinition>{definition}</timerEventDefinition></startEvent><task id="t"/>{flow("s", "t")}'
    )


def crons(cycle: str, vendor: str) -> tuple[str, ...]:
    """Return the schedule of a file in which only one vendor occurs."""
    text = (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v="{vendor}"><process id="demo">'
        f'<startEvent id="s"><timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></startEvent>'
        "</process></definitions>"
    )
    return only(read(text.encode())).schedule.crons


@pytest.mark.parametrize(
    ("cycle", "cron"),
    [
        ("*/5 * * * *", "*/5 * * * *"),
        ("0 0/15 * * * ?", "0/15 * * * *"),
        ("0 30 6 ? * 2-6", "30 6 * * MON-FRI"),
        ("0 0 12 ? * MON *", "0 12 * * MON"),
        ("@daily", "0 0 * * *"),
    ],
)
def test_cron_starts_become_a_schedule(cycle: str, cron: str) -> None:
    assert crons(cycle, "http://flowable.org/bpmn") == (cron,)


def test_cron_of_quartz_and_of_spring_count_the_days_differently() -> None:
    assert crons("0 0 6 * * 1", "http://flowable.org/bpmn") == ("0 6 * * SUN",)
    assert crons("0 0 6 * * 1", "http://camunda.org/schema/zeebe/1.0") == ("0 6 * * 1",)


def test_repeats_become_an_interval() -> None:
    schedule = only(start("<timeCycle>R/2030-01-01T00:00:00Z/PT1H</timeCycle>")).schedule
    assert (schedule.interval_seconds, schedule.start_date) == (3600, "2030-01-01T00:00:00Z")
    assert codes(start("<timeCycle>R5/PT1H</timeCycle>")) == ["DF342"]
    assert only(start("<timeCycle>1s###2h</timeCycle>")).schedule.interval_seconds == 7200


@pytest.mark.parametrize(
    "definition",
    ["", "<timeDate>2030-01-01T00:00:00Z</timeDate>", "<timeCycle>${cron}</timeCycle>", "<timeCycle>every Monday</timeCycle>",
     "<timeCycle>15 0 0 * * ?</timeCycle>", "<timeDuration>PT1H</timeDuration>"],
)  # fmt: skip
def test_times_that_are_no_schedule_are_started_by_hand(definition: str) -> None:
    result = start(definition)
    assert codes(result) == ["DF340"]
    assert only(result).schedule.crons == ()


def test_typed_starts_are_kept_and_those_of_event_sub_processes_know_whether_they_interrupt() -> None:
    body = '<subProcess id="p" triggeredByEvent="true"><startEvent id="x" isInterrupting="false"><signalEventDefinition signalRef="g"/></startEvent></subProcess>'
    fields = node_of(read(document('<signal id="g" name="alarm"/>', process(body)))).fields
    assert (fields.position, fields.reference, fields.is_interrupting) == ("start", "alarm", False)
    top = node_of(
        read(
            document(
                '<message id="m" name="go"/>',
                process('<startEvent id="x"><messageEventDefinition messageRef="m"/></startEvent>'),
            )
        )
    )
    assert (top.fields.position, top.fields.reference) == ("start", "go")
