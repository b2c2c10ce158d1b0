"""Which processes of a file become Dags, and under which ids."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import re

import pytest
from bpmn_text import between, codes, document, flow, flows_of, messages, node_of, only, process, read

from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.diagnostics import Severity
from dag_factory.frontends.bpmn.process_dag_id import is_generated

TASK = '<task id="t"/>'


def ids(*processes: str, name: str = "ops/patching.bpmn", extra: str = "") -> list[str]:
    return [item.id for item in read(document(extra, *processes), name=name).processes]


def test_the_process_id_is_the_dag_id() -> None:
    assert ids(process(TASK, attributes='id="rolling-patch.v2"')) == ["rolling-patch.v2"]


@pytest.mark.parametrize(
    "generated",
    [
        "", "process", "Process_1", "Process_0abc123", "PROCESS_1", "sid-34746A54-1D7D-46CA-B219-0C4CEAE51170", "_6",
        "_6-1", "WFP-6-1", "_To9ZoTOCEeSknpIVFCxNIQ", "P_16604", "_e7ccc12c-2987-48ae-92aa-08112101d9c9",
        "Process_ba16239e-181e-4b9f-bc5b-0bb2ee973450", "newProcess", "process_pool1"[:7],
    ],
)  # fmt: skip
def test_an_id_that_a_modeller_made_up_gives_way_to_the_name_of_the_file(generated: str) -> None:
    assert is_generated(generated)
    assert ids(process(TASK, attributes=f'id="{generated}"')) == ["patching"]


@pytest.mark.parametrize("given", ["invoice", "Process_invoice", "disk-space", "backup2", "x", "four-eyes-advanced"])
def test_an_id_that_a_person_gave_is_kept(given: str) -> None:
    assert not is_generated(given)
    assert ids(process(TASK, attributes=f'id="{given}"')) == [given]


def test_several_made_up_ids_are_told_apart_by_their_pools() -> None:
    pools = (
        '<collaboration id="c"><participant id="a" name="Night shift" processRef="Process_1"/>'
        '<participant id="b" processRef="Process_2"/></collaboration>'
    )
    both = [process(TASK, attributes=f'id="Process_{number}"') for number in (1, 2)]
    assert ids(*both, extra=pools) == ["patching.night_shift", "patching.2"]


def test_changed_ids_are_valid_and_never_meet() -> None:
    found = ids(process(TASK, attributes='id="a b"'), process(TASK, attributes='id="a_b"'))
    assert found[1] == "a_b"
    assert found[0].startswith("a_b_")
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", item) for item in found)


def test_two_processes_of_one_id_do_not_share_a_dag() -> None:
    assert ids(process(TASK), process(TASK)) == ["demo", "demo.2"]


def test_executable_processes_and_what_they_call_are_taken() -> None:
    main = process('<callActivity id="c" calledElement="helper"/>', attributes='id="main" isExecutable="true"')
    helper = process(TASK, attributes='id="helper" isExecutable="false"')
    sketch = process(TASK, attributes='id="sketch" isExecutable="false"')
    result = read(document(main, helper, sketch))
    assert [item.id for item in result.processes] == ["main", "helper"]
    assert "DF173" in codes(result, Severity.INFO)


def test_a_called_process_may_be_named_with_a_prefix() -> None:
    main = process('<callActivity id="c" calledElement="my:helper"/>', attributes='id="main" isExecutable="true"')
    helper = process('<task id="t"/>', attributes='id="helper"')
    result = read(document(main, helper))
    assert [item.id for item in result.processes] == ["main", "helper"]
    assert result.processes[0].scope.nodes[0].fields.template == "helper"  # type: ignore[attr-defined]


def test_where_none_is_executable_all_are_taken() -> None:
    assert ids(*(process(TASK, attributes=f'id="{name}" isExecutable="false"') for name in ("one", "two"))) == [
        "one",
        "two",
    ]


def test_black_box_pools_and_message_flows_are_reported() -> None:
    pools = (
        '<collaboration id="c"><participant id="a" name="Customer"/><participant id="b" processRef="demo"/>'
        '<messageFlow id="m" sourceRef="a" targetRef="b"/></collaboration>'
    )
    result = read(document(pools, process(TASK)))
    assert {"DF170", "DF171"} <= set(codes(result, Severity.INFO))


def test_name_documentation_and_version_are_kept() -> None:
    body = "<documentation>Patches hosts.</documentation>" + TASK
    one = only(read(document(process(body, attributes='id="demo" name="Patch" camunda:versionTag="7"'))))
    assert (one.name, one.documentation, one.version, one.tags) == ("Patch", "Patches hosts.", "7", ("bpmn",))
    assert one.join_is_explicit
    assert one.has_open_variables


def test_the_version_of_zeebe_is_kept() -> None:
    body = '<extensionElements><zeebe:versionTag value="v9"/></extensionElements>' + TASK
    assert only(read(body)).version == "v9"


def test_ids_are_fit_for_tasks_and_the_files_own_are_kept() -> None:
    result = read('<task id="a.b"/><task id="a_b"/><task id="日本"/><task/>')
    nodes = only(result).scope.nodes
    assert [node.id for node in nodes][:2] == ["a_b", "a_b_2"]
    assert [node.element for node in nodes[:3]] == ["a.b", "a_b", "日本"]
    assert nodes[3].id == "task_4"
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", node.id) for node in nodes)


def test_ids_that_the_compiler_uses_are_left_to_it() -> None:
    assert only(read('<task id="result"/>')).scope.nodes[0].id == "result_2"


def test_of_two_nodes_with_one_id_a_flow_means_the_one_that_names_it_else_the_first() -> None:
    twice = '<task id="a"/><task id="a"><incoming>f</incoming></task><task id="b"/>'
    result = read(twice + flow("b", "a", id="f") + flow("b", "a", id="g"))
    assert [node.id for node in only(result).scope.nodes] == ["a", "a_2", "b"]
    assert {name: item.target for name, item in flows_of(result).items()} == {"f": "a_2", "g": "a"}
    assert codes(result) == ["DF150"]


def test_of_two_nodes_with_one_id_a_flow_means_the_one_in_its_own_sub_process() -> None:
    inner = f'<subProcess id="p"><task id="a"/><task id="b"/>{flow("a", "b", id="in")}</subProcess>'
    result = read(inner + '<task id="a"/><task id="b"/>' + flow("a", "b", id="out"))
    assert {name: item.target for name, item in flows_of(result).items()} == {"in": "b", "out": "b_2"}


def test_a_flow_to_nowhere_leads_to_a_step_that_fails_and_one_from_nowhere_is_left_out() -> None:
    result = read('<task id="a"/><sequenceFlow id="f" sourceRef="a"/>' + flow("a", "x") + flow("y", "a", id="g"))
    assert codes(result) == ["DF151", "DF151", "DF151"]
    assert {name: item.target for name, item in flows_of(result).items()} == {"f": "f_lost", "a_x": "a_x_lost"}
    assert [node.type for node in only(result).scope.nodes] == ["task", "unbound", "unbound"]


def test_a_flow_whose_end_only_the_node_names_is_connected_there() -> None:
    result = read('<task id="a"/><task id="b"><incoming>f</incoming></task><sequenceFlow id="f" sourceRef="a"/>')
    assert codes(result) == ["DF153"]
    assert flows_of(result)["f"].target == "b"


def test_a_flow_across_the_border_of_a_sub_process_leads_to_a_step_that_fails() -> None:
    result = read('<task id="a"/><subProcess id="p"><task id="b"/></subProcess>' + flow("a", "b"))
    assert codes(result) == ["DF152"]
    assert node_of(result, flows_of(result)["a_b"].target).type == "unbound"


def test_beside_a_start_event_what_no_flow_enters_is_left_out_with_a_warning() -> None:
    result = read(
        '<startEvent id="s"/><task id="a"/>' + flow("s", "a") + '<task id="b"/><task id="c"/>' + flow("b", "c")
    )
    assert [node.id for node in only(result).scope.nodes] == ["s", "a"]
    assert codes(result) == ["DF156", "DF156"]


def test_without_a_start_event_everything_that_no_flow_enters_begins() -> None:
    result = read('<task id="a"/><task id="b"/><subProcess id="p"><task id="c"/></subProcess>')
    assert [node.id for node in only(result).scope.nodes] == ["a", "b", "p"]
    assert codes(result, *Severity).count("DF155") == 4
    assert not compile_template(TemplateSource("a.bpmn", document(process('<task id="a"/><task id="b"/>')))).is_broken


def test_where_flows_enter_everything_the_first_element_begins() -> None:
    body = (
        '<exclusiveGateway id="g"/><task id="a"/><endEvent id="e"/>' + flow("g", "a") + flow("a", "g") + flow("g", "e")
    )
    result = read(body)
    assert "DF157" in codes(result)
    assert ("process_start", "g_choice") in [(item.source, item.target) for item in flows_of(result).values()]


def test_an_activity_that_only_its_boundary_event_repeats_ends_its_path() -> None:
    body = (
        '<startEvent id="s"/><task id="a"/><boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/>'
        "</boundaryEvent>" + flow("s", "a") + flow("b", "a")
    )
    result = read(body)
    assert ("a", "a_end") in [(item.source, item.target) for item in flows_of(result).values()]


def test_an_event_sub_process_that_nothing_starts_is_left_out() -> None:
    body = '<task id="a"/><subProcess id="p" triggeredByEvent="true"><startEvent id="s"/></subProcess>'
    result = read(body)
    assert [node.id for node in only(result).scope.nodes] == ["a"]
    assert codes(result) == ["DF158", "DF156"]


def test_flows_without_ids_are_all_kept_and_none_is_taken_for_the_default() -> None:
    body = '<exclusiveGateway id="g"/><task id="a"/><task id="b"/>' + "".join(
        f'<sequenceFlow sourceRef="g" targetRef="{end}"><conditionExpression>${{n == {end!r}}}</conditionExpression></sequenceFlow>'
        for end in "ab"
    )
    flows = flows_of(read(body)).values()
    assert [item.condition for item in flows] == ['n == "a"', 'n == "b"']
    assert not any(item.is_default for item in flows)


def test_a_flow_drawn_outside_belongs_to_the_scope_of_its_ends() -> None:
    result = read('<subProcess id="p"><task id="a"/><task id="b"/></subProcess>' + flow("a", "b"))
    assert [item.id for item in node_of(result, "p").scope.flows] == ["a_b"]


def test_lanes_go_to_their_nodes_the_innermost_first() -> None:
    lanes = (
        '<laneSet><lane name="IT"><flowNodeRef>t</flowNodeRef><flowNodeRef>p</flowNodeRef>'
        '<childLaneSet><lane name="Network"><flowNodeRef>t</flowNodeRef></lane></childLaneSet></lane></laneSet>'
    )
    result = read(lanes + '<userTask id="t"/><subProcess id="p"><userTask id="u"/></subProcess>')
    assert node_of(result, "t").lane == "Network"
    assert node_of(result, "t").fields.candidate_groups == ["Network"]
    assert node_of(result, "u").lane == "IT"


def test_every_line_is_known() -> None:
    result = read(document(process("\n" + '<task id="x"/>\n<endEvent id="e"/>\n' + flow("x", "e"))))
    start = only(result).line
    assert [node.line for node in only(result).scope.nodes] == [start + 1, start + 2]
    assert flows_of(result)["x_e"].line == start + 3


def test_unknown_names_of_the_standard_are_never_dropped_silently() -> None:
    result = read('<megaTask id="m"/><task id="x" colour="red"><sparkle/></task>')
    assert sorted(codes(result)) == ["DF190", "DF190", "DF191"]
    assert "'colour'" in messages(result)


def test_names_that_only_describe_are_no_findings() -> None:
    body = (
        '<textAnnotation id="n"><text>hi</text></textAnnotation><association id="a" sourceRef="x" targetRef="n"/>'
        '<group id="g"/><dataObject id="d"/><dataObjectReference id="r" dataObjectRef="d"/><dataStoreReference id="s2"/>'
    )
    assert codes(read(body + between('<scriptTask id="x" scriptFormat="sh"><script>true</script></scriptTask>'))) == []


def test_a_node_without_a_way_to_it_begins_with_the_process_where_nothing_else_does() -> None:
    result = read('<task id="x"/><endEvent id="e"/>' + flow("x", "e"))
    assert "DF155" in codes(result, Severity.INFO)


def test_flows_out_of_an_end_or_into_a_start_or_a_boundary_event_are_mended() -> None:
    result = read(
        '<startEvent id="s"/><userTask id="u"/><exclusiveGateway id="g"/><endEvent id="e"/><manualTask id="late"/>'
        '<boundaryEvent id="b" attachedToRef="u"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
        + flow("s", "u") + flow("u", "g") + flow("g", "e", "${n > 3}") + flow("g", "s", "${n > 2}")
        + flow("g", "b", "${n > 1}") + flow("e", "late") + flow("b", "e")
    )  # fmt: skip
    assert codes(result) == ["DF162", "DF162", "DF162", "DF156"]
    flows = flows_of(result)
    assert flows["g_s"].target == "u"
    assert node_of(result, flows["g_b"].target).type == "unbound"
    assert "e_late" not in flows


def test_a_flow_into_a_start_event_that_leads_nowhere_fails_when_taken() -> None:
    result = read('<startEvent id="s"/><userTask id="u"/>' + flow("u", "s"))
    assert "DF162" in codes(result)


def test_no_flow_enters_or_leaves_an_event_sub_process() -> None:
    handler = (
        '<subProcess id="p" triggeredByEvent="true"><startEvent id="s1"><signalEventDefinition signalRef="g"/></startEvent>'
        f'<userTask id="u1"/>{flow("s1", "u1")}</subProcess>'
    )
    body = f'<startEvent id="s"/><userTask id="u"/><userTask id="v"/>{handler}{flow("s", "u")}{flow("u", "p")}{flow("p", "v")}'
    result = read(document('<signal id="g" name="alarm"/>', process(body)))
    assert codes(result) == ["DF162", "DF162", "DF156"]
    assert not compile_template(TemplateSource("a.bpmn", document('<signal id="g"/>', process(body)))).is_broken
