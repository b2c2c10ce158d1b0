"""What the events of BPMN become: tasks, edges, and who stops whom."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import pytest
from bpmn_text import between, document, flow, process

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template
from dag_factory.dag_spec import DagSpec, TaskSpec
from dag_factory.diagnostics import Severity

DECLARED = (
    '<message id="m" name="order"/><message id="m2" name="reply"/><signal id="sig" name="alarm"/>'
    '<error id="err" name="broken" errorCode="E1"/><escalation id="esc" name="late" escalationCode="L"/>'
)
TIMER = "<timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>"


def script(node_id: str) -> str:
    return f'<scriptTask id="{node_id}" scriptFormat="sh"><script>true</script></scriptTask>'


def compiled(*bodies: str) -> CompiledTemplate:
    texts = [
        process(body, attributes=f'id="p{number or ""}" isExecutable="true"') for number, body in enumerate(bodies)
    ]
    result = compile_template(TemplateSource("t.bpmn", document(DECLARED, *texts)))
    assert not result.is_broken, [item.render("t.bpmn") for item in result.diagnostics]
    return result


def dag_of(*bodies: str) -> DagSpec:
    return compiled(*bodies).dags[0]


def task_of(dag: DagSpec, task_id: str) -> TaskSpec:
    return next(task for task in dag.tasks if task.task_id == task_id)


def leads_to(dag: DagSpec, task_id: str) -> set[str]:
    return {edge.downstream for edge in dag.edges if edge.upstream == task_id}


def comes_from(dag: DagSpec, task_id: str) -> set[str]:
    return {edge.upstream for edge in dag.edges if edge.downstream == task_id}


def kind(task: TaskSpec) -> str:
    return task.operator.rpartition(".")[2]


def on_border(definition: str, *, interrupts: bool = True, attributes: str = "") -> str:
    return (
        f'<startEvent id="s"/>{script("work")}{script("after")}{script("handler")}'
        f'<boundaryEvent id="b" attachedToRef="work" cancelActivity="{str(interrupts).lower()}" {attributes}>{definition}</boundaryEvent>'
        f"{flow('s', 'work')}{flow('work', 'after')}{flow('b', 'handler')}"
    )


@pytest.mark.parametrize(
    "definition",
    [
        TIMER,
        '<messageEventDefinition messageRef="m"/>',
        '<signalEventDefinition signalRef="sig"/>',
        "<conditionalEventDefinition><condition>${n > 3}</condition></conditionalEventDefinition>",
    ],
    ids=["timer", "message", "signal", "conditional"],
)
def test_an_interrupting_event_waits_beside_its_activity_and_a_router_takes_its_path(definition: str) -> None:
    dag = dag_of(on_border(definition))
    race = task_of(dag, "work.interrupted")
    assert (kind(race), race.arguments["stops"], race.arguments["watch"]) == ("EventRaceOperator", ["work"], ["work"])
    assert comes_from(dag, "work") == comes_from(dag, "work.interrupted") == {"work.begin"}
    assert task_of(dag, "work.ended").trigger_rule == "all_done"
    router = task_of(dag, "work.outcome")
    assert router.arguments["branches"] == {"normal": ["after"], "b": ["handler"]}
    assert (router.trigger_rule, comes_from(dag, "work.outcome")) == ("all_success", {"work.begin", "work.ended"})
    assert task_of(dag, "work").arguments["stopped_by"] == ["work.interrupted", "work.outcome"]


def test_a_non_interrupting_event_starts_its_own_path_and_the_activity_goes_on() -> None:
    dag = dag_of(on_border(TIMER, interrupts=False))
    race = task_of(dag, "b")
    assert race.arguments["branches"] == {"b": ["handler"]}
    assert "stops" not in race.arguments
    assert leads_to(dag, "work") == {"after"}


def test_an_error_event_is_taken_by_its_code_those_without_a_code_last() -> None:
    body = on_border("<errorEventDefinition/>").replace(
        script("handler"),
        f'{script("handler")}{script("coded")}<boundaryEvent id="c" attachedToRef="work"><errorEventDefinition errorRef="err"/></boundaryEvent>{flow("c", "coded")}',
    )
    router = task_of(dag_of(body), "work.outcome")
    assert router.arguments["handlers"] == [{"outcome": "c", "code": "E1"}, {"outcome": "b"}]
    assert router.arguments["exits"] == ["work"]


def test_the_time_out_of_an_activity_never_comes_before_the_timer_on_its_border() -> None:
    dag = dag_of(on_border(TIMER.replace("PT5M", "PT2H")))
    assert task_of(dag, "work").timeout_seconds == 7800
    person = on_border(TIMER).replace(script("work"), '<userTask id="work"/>')
    assert task_of(dag_of(person), "work").arguments["response_timeout_seconds"] == 31_536_000


def test_an_error_end_stops_its_scope_and_fails_with_its_code() -> None:
    inner = f'<startEvent id="bs"/>{script("inner")}<endEvent id="x"><errorEventDefinition errorRef="err"/></endEvent>{flow("bs", "inner")}{flow("inner", "x")}'
    body = on_border('<errorEventDefinition errorRef="err"/>').replace(
        script("work"), f'<subProcess id="work">{inner}</subProcess>'
    )
    dag = dag_of(body)
    end = task_of(dag, "x")
    assert kind(end) == "TerminateOperator"
    assert end.arguments == {"stops": ["bs", "inner"], "fails": True, "error": "E1"}
    assert set(task_of(dag, "work.outcome").arguments["stops"]) >= {"work.enter", "inner", "x", "work.leave"}


def test_a_terminate_end_stops_everything_in_its_scope() -> None:
    dag = dag_of(
        f'<startEvent id="s"/>{script("a")}<endEvent id="t"><terminateEventDefinition/></endEvent>{script("c")}'
        f"{flow('s', 'a')}{flow('a', 't')}{flow('s', 'c')}"
    )
    assert task_of(dag, "t").arguments == {"stops": ["s", "a", "c"]}
    assert task_of(dag, "c").arguments["stopped_by"] == ["t"]


def test_an_event_based_gateway_follows_the_first_event_and_the_events_are_plain_steps() -> None:
    dag = dag_of(
        '<startEvent id="s"/><eventBasedGateway id="g"/><receiveTask id="got" messageRef="m"/>'
        f'<intermediateCatchEvent id="late">{TIMER}</intermediateCatchEvent>{script("a")}{script("b")}'
        f"{flow('s', 'g')}{flow('g', 'got')}{flow('g', 'late')}{flow('got', 'a')}{flow('late', 'b')}"
    )
    race = task_of(dag, "g")
    assert race.arguments["branches"] == {"got": ["got"], "late": ["late"]}
    assert [event["kind"] for event in race.arguments["events"]] == ["message", "timer"]
    assert kind(task_of(dag, "got")) == kind(task_of(dag, "late")) == "EmptyOperator"


def test_a_message_start_makes_the_dag_listen_and_unpacks_what_comes() -> None:
    sender = f'<startEvent id="s"/><intermediateThrowEvent id="t"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>{flow("s", "t")}'
    receiver = f'<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>{script("a")}{flow("s", "a")}'
    throwing, listening = compiled(sender, receiver).dags
    assert listening.schedule.events == ("bpmn://message/order",)
    assert kind(task_of(listening, "s")) == "EventStartOperator"
    assert task_of(throwing, "t").arguments["event"] == "order"


def test_several_message_starts_begin_with_any_of_their_messages() -> None:
    starts = "".join(
        f'<startEvent id="{one}" name="{one}"><messageEventDefinition messageRef="{message}"/></startEvent>'
        for one, message in (("x", "m"), ("y", "m2"))
    )
    dag = dag_of(f"{starts}{script('a')}{script('b')}{flow('x', 'a')}{flow('y', 'b')}")
    assert dag.schedule.events == ("bpmn://message/order", "bpmn://message/reply")
    conditions = [branch["condition"] for branch in task_of(dag, "run_start_at").arguments["branches"]]
    assert conditions[0].startswith('"bpmn://message/order" in run.events')


def test_the_events_behind_a_gateway_that_begins_the_process_start_runs() -> None:
    dag = dag_of(
        '<eventBasedGateway id="g" instantiate="true"/><receiveTask id="x" messageRef="m"/><receiveTask id="y" messageRef="m2"/>'
        f"{script('a')}{flow('g', 'x')}{flow('g', 'y')}{flow('x', 'a')}{flow('y', 'a')}"
    )
    assert dag.schedule.events == ("bpmn://message/order", "bpmn://message/reply")


def event_sub_process(start: str) -> str:
    return (
        f'<startEvent id="s"/>{script("a")}{flow("s", "a")}'
        f'<subProcess id="handler" triggeredByEvent="true">{start}{script("h")}{flow("hs", "h")}</subProcess>'
    )


def test_an_event_sub_process_waits_beside_its_scope() -> None:
    dag = dag_of(
        event_sub_process(
            '<startEvent id="hs" isInterrupting="false"><signalEventDefinition signalRef="sig"/></startEvent>'
        )
    )
    race = task_of(dag, "handler.awaited")
    assert race.arguments["watch"] == ["handler.scope_ended"]
    assert race.arguments["branches"] == {"handler": ["handler.enter"]}
    assert "stops" not in race.arguments


def test_an_interrupting_event_sub_process_stops_its_scope() -> None:
    dag = dag_of(event_sub_process('<startEvent id="hs"><messageEventDefinition messageRef="m"/></startEvent>'))
    assert task_of(dag, "handler.awaited").arguments["stops"] == ["s", "a"]


def test_an_event_sub_process_for_errors_begins_when_its_scope_fails() -> None:
    dag = dag_of(event_sub_process('<startEvent id="hs"><errorEventDefinition errorRef="err"/></startEvent>'))
    router = task_of(dag, "handler.caught")
    assert router.arguments["handlers"] == [{"outcome": "handler", "code": "E1"}]
    assert set(router.arguments["branches"]) == {"normal", "handler"}


def escalating(*, interrupts: bool, code: str = "L") -> str:
    inner = f'<startEvent id="bs"/><endEvent id="x"><escalationEventDefinition escalationRef="esc"/></endEvent>{flow("bs", "x")}'
    reference = 'escalationRef="esc"' if code == "L" else 'escalationRef="other"'
    return on_border(f"<escalationEventDefinition {reference}/>", interrupts=interrupts).replace(
        script("work"), f'<subProcess id="work">{inner}</subProcess>'
    )


def test_an_escalation_starts_the_path_of_its_border_event_beside_the_activity() -> None:
    dag = dag_of(escalating(interrupts=False))
    assert "b.caught" in leads_to(dag, "x")
    assert leads_to(dag, "b.caught") == {"handler"}


def test_an_interrupting_escalation_ends_the_activity() -> None:
    dag = dag_of(escalating(interrupts=True))
    assert kind(task_of(dag, "x")) == "TerminateOperator"
    assert task_of(dag, "work.outcome").arguments["thrown"] == [{"outcome": "b", "task": "x"}]


def test_an_escalation_of_another_code_is_not_caught() -> None:
    dag = dag_of(escalating(interrupts=True, code="other"))
    assert kind(task_of(dag, "x")) == "EmptyOperator"


def undoing(throw: str) -> str:
    activities = "".join(
        f"{script(one)}{script(f'undo_{one}')}"
        f'<boundaryEvent id="c_{one}" attachedToRef="{one}"><compensateEventDefinition/></boundaryEvent>'
        f'<association id="as_{one}" sourceRef="c_{one}" targetRef="undo_{one}"/>'
        for one in ("a", "b")
    )
    return f'<startEvent id="s"/>{activities}{throw}{flow("s", "a")}{flow("a", "b")}{flow("b", "t")}'


def test_compensation_undoes_completed_activities_last_first() -> None:
    dag = dag_of(undoing('<endEvent id="t"><compensateEventDefinition/></endEvent>'))
    assert leads_to(dag, "t") == {"t.b"}
    assert task_of(dag, "t.b").arguments["branches"] == {"completed": ["undo_b"], "not completed": ["t.b.to.t.a"]}
    assert leads_to(dag, "undo_b") == {"t.a"}
    assert task_of(dag, "t.a").arguments["task"] == "a"
    assert leads_to(dag, "undo_a") == {"t.done"}


def test_compensation_of_one_activity_undoes_only_that() -> None:
    dag = dag_of(undoing('<endEvent id="t"><compensateEventDefinition activityRef="a"/></endEvent>'))
    assert leads_to(dag, "t") == {"t.a"}
    assert not any(task.task_id == "undo_b" for task in dag.tasks)


def test_what_a_multiple_event_throws_is_thrown_one_after_another() -> None:
    dag = dag_of(
        f'<startEvent id="s"/><endEvent id="t"><terminateEventDefinition/><messageEventDefinition messageRef="m"/></endEvent>{flow("s", "t")}'
    )
    assert [kind(task_of(dag, one)) for one in ("t", "t_2")] == ["ThrowOperator", "TerminateOperator"]
    assert leads_to(dag, "t") == {"t_2"}


def test_a_parallel_multiple_event_needs_all_of_its_events() -> None:
    dag = dag_of(
        f'<startEvent id="s"/><intermediateCatchEvent id="c" parallelMultiple="true"><messageEventDefinition messageRef="m"/><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>{script("a")}'
        f"{flow('s', 'c')}{flow('c', 'a')}"
    )
    events = task_of(dag, "c").arguments["events"]
    assert [(event["kind"], event["needs_all"]) for event in events] == [("message", True), ("signal", True)]


def test_the_iterations_of_a_loop_that_can_be_interrupted_end_with_it() -> None:
    inner = (
        f'<startEvent id="bs"/><exclusiveGateway id="in"/>{script("body")}<exclusiveGateway id="out" default="out_in"/><endEvent id="be"/>'
        f"{flow('bs', 'in')}{flow('in', 'body')}{flow('body', 'out')}{flow('out', 'in')}{flow('out', 'be', '${n > 3}')}"
    )
    body = on_border(TIMER).replace(script("work"), f'<subProcess id="work">{inner}</subProcess>')
    _, iteration = compiled(body).dags
    assert task_of(iteration, "process.owner").arguments["events"] == [{"outcome": "", "kind": "owner"}]
    assert "body" in task_of(iteration, "process.owner").arguments["stops"]


def test_a_boundary_event_inside_a_loop_belongs_to_its_iterations() -> None:
    main, iteration = compiled(
        f'<startEvent id="s"/><exclusiveGateway id="in"/>{script("work")}<exclusiveGateway id="out" default="out_in"/>{script("handler")}{script("after")}'
        f'<boundaryEvent id="b" attachedToRef="work">{TIMER}</boundaryEvent>'
        f"{flow('s', 'in')}{flow('in', 'work')}{flow('work', 'out')}{flow('out', 'in')}{flow('out', 'after', '${n > 3}')}{flow('b', 'handler')}"
    ).dags
    assert kind(task_of(iteration, "work.interrupted")) == "EventRaceOperator"
    assert kind(task_of(main, "loop_in_exit")) == "DecisionOperator"
    assert "handler" in {task.task_id for task in main.tasks}


def test_a_side_path_of_a_parallel_split_inside_a_loop_runs_in_the_iteration() -> None:
    main, iteration = compiled(
        f'<startEvent id="s"/><exclusiveGateway id="in"/>{script("work")}<parallelGateway id="fork"/>{script("tell")}'
        f'<exclusiveGateway id="out" default="out_in"/>{script("after")}'
        f"{flow('s', 'in')}{flow('in', 'work')}{flow('work', 'fork')}{flow('fork', 'tell')}{flow('fork', 'out')}"
        f"{flow('out', 'in')}{flow('out', 'after', '${n > 3}')}"
    ).dags
    assert "tell" in {task.task_id for task in iteration.tasks}
    assert {"after"} <= {task.task_id for task in main.tasks}


def test_the_path_of_an_event_that_interrupts_nothing_inside_a_loop_runs_in_the_iteration() -> None:
    main, iteration = compiled(
        f'<startEvent id="s"/><exclusiveGateway id="in"/>{script("work")}<exclusiveGateway id="out" default="out_in"/>{script("tell")}{script("after")}'
        f'<boundaryEvent id="b" attachedToRef="work" cancelActivity="false">{TIMER}</boundaryEvent>'
        f"{flow('s', 'in')}{flow('in', 'work')}{flow('work', 'out')}{flow('out', 'in')}{flow('out', 'after', '${n > 3}')}{flow('b', 'tell')}"
    ).dags
    assert leads_to(iteration, "b") == {"tell"}
    assert leads_to(main, "loop_in") == {"after"}


def test_a_decision_inside_a_loop_tries_its_conditions_in_the_order_of_the_file() -> None:
    _, iteration = compiled(
        f'<startEvent id="s"/><exclusiveGateway id="in"/>{script("work")}<exclusiveGateway id="out"/>{script("after")}'
        f"{flow('s', 'in')}{flow('in', 'work')}{flow('work', 'out')}{flow('out', 'after', '${n > 3}')}{flow('out', 'in', '${n > 2}')}"
    ).dags
    conditions = [branch["condition"] for branch in task_of(iteration, "out").arguments["branches"]]
    assert conditions == ["n > 3", "n > 2"]


def test_what_follows_a_merge_of_parallel_paths_is_copied_for_each_token() -> None:
    result = compiled(
        f'<startEvent id="s"/><inclusiveGateway id="g"/>{script("a")}{script("b")}{script("c")}'
        f"{flow('s', 'g')}{flow('g', 'a', '${n > 1}')}{flow('g', 'b', '${n > 2}')}{flow('a', 'c')}{flow('b', 'c')}"
    )
    assert leads_to(result.dags[0], "a") == {"c"}
    assert leads_to(result.dags[0], "b") == {"c__2"}
    assert task_of(result.dags[0], "c__2").display_name == "c"
    assert [item.severity for item in result.diagnostics if item.code == "DF207"] == [Severity.INFO]


FORK = f'<startEvent id="s"/><inclusiveGateway id="g"/>{script("a")}{script("b")}' + "".join(
    (flow("s", "g"), flow("g", "a", "${n > 1}"), flow("g", "b", "${n > 2}"), flow("a", "c"), flow("b", "c"))
)
"""Two paths of which both may be taken and that meet at ``c``."""


def test_what_people_do_and_wait_for_after_a_merge_is_copied_with_the_events_on_its_border() -> None:
    result = compiled(
        f'{FORK}<userTask id="c"/><boundaryEvent id="late" attachedToRef="c">{TIMER}</boundaryEvent>'
        f'<intermediateCatchEvent id="wait">{TIMER}</intermediateCatchEvent>{script("tell")}'
        f"{flow('c', 'wait')}{flow('late', 'tell')}"
    )
    names = {task.task_id for task in result.dags[0].tasks}
    assert {"c", "c__2", "wait", "wait__2", "tell", "tell__2"} <= names
    assert leads_to(result.dags[0], "c__2.outcome") == {"wait__2", "tell__2"}


def test_copies_meet_again_where_other_paths_do() -> None:
    result = compiled(
        f'{FORK}<exclusiveGateway id="c"/>'
        + f'{script("d")}{script("late")}<endEvent id="e"/>'
        + f"{flow('g', 'd', '${n > 3}')}{flow('c', 'late')}{flow('d', 'late')}{flow('late', 'e')}"
    )
    (dag,) = result.dags
    assert {task.task_id for task in dag.tasks} >= {"c", "c__2", "late", "late__2", "late__3", "e"}
    assert "c__3" not in {task.task_id for task in dag.tasks}
    assert {item.severity for item in result.diagnostics if item.code == "DF207"} == {Severity.INFO}


def test_an_end_that_other_paths_enter_too_keeps_nothing_from_being_copied() -> None:
    result = compiled(f"{FORK}{script('c')}<endEvent id='e'/>{flow('c', 'e')}{flow('g', 'e', '${n > 3}', id='out')}")
    assert leads_to(result.dags[0], "b") == {"c__2"}
    assert {item.severity for item in result.diagnostics if item.code == "DF207"} == {Severity.INFO}


def test_a_merge_of_parallel_paths_whose_tail_cannot_be_copied_is_guarded() -> None:
    result = compiled(f'{FORK}{script("c")}<endEvent id="e"><terminateEventDefinition/></endEvent>{flow("c", "e")}')
    assert kind(task_of(result.dags[0], "c.merge")) == "JoinOperator"
    assert leads_to(result.dags[0], "c.merge") == {"c"}
    assert "DF207" in [item.code for item in result.diagnostics if item.severity is Severity.WARNING]


def test_parts_that_nothing_leads_to_are_left_out_with_a_warning() -> None:
    result = compiled(f'<startEvent id="s"/>{script("a")}{flow("s", "a")}{script("loose")}')
    assert {task.task_id for task in result.dags[0].tasks} == {"s", "a"}
    assert [item.code for item in result.diagnostics if item.severity is Severity.WARNING] == ["DF156"]


def test_all_activities_of_an_ad_hoc_sub_process_run() -> None:
    dag = dag_of(
        f'<startEvent id="s"/><adHocSubProcess id="box">{script("a")}{script("b")}</adHocSubProcess>{flow("s", "box")}'
    )
    assert leads_to(dag, "box.enter") == {"a", "b"}


def test_a_complex_gateway_waits_for_every_path_that_is_alive() -> None:
    dag = dag_of(
        f'<startEvent id="s"/><parallelGateway id="f"/>{script("a")}{script("b")}<complexGateway id="j"/>{script("c")}'
        f"{flow('s', 'f')}{flow('f', 'a')}{flow('f', 'b')}{flow('a', 'j')}{flow('b', 'j')}{flow('j', 'c')}"
    )
    assert task_of(dag, "j").trigger_rule == "none_failed_min_one_success"


def test_pools_that_a_message_flow_connects_speak_of_the_same_message() -> None:
    collaboration = (
        '<collaboration id="c"><participant id="a" processRef="p"/><participant id="b" processRef="p1"/>'
        '<messageFlow id="mf" name="parcel" sourceRef="work" targetRef="wait"/></collaboration>'
    )
    sender = f'<startEvent id="s"/>{script("work")}{script("after")}{flow("s", "work")}{flow("work", "after")}'
    receiver = f'<startEvent id="s1"/><receiveTask id="wait"/>{flow("s1", "wait")}'
    texts = [
        process(body, attributes=f'id="p{number or ""}" isExecutable="true"')
        for number, body in enumerate((sender, receiver))
    ]
    one, two = compile_template(TemplateSource("t.bpmn", document(collaboration, *texts))).dags
    assert task_of(one, "work_sends").arguments["event"] == "parcel"
    assert leads_to(one, "work_sends") == {"after"}
    assert task_of(two, "wait").arguments["events"][0]["name"] == "parcel"


def test_the_same_diagram_always_gives_the_same_bytes() -> None:
    body = undoing('<endEvent id="t"><compensateEventDefinition/></endEvent>')
    assert dag_of(body).to_json() == dag_of(body).to_json()


def test_a_script_behind_a_message_gets_what_the_message_may_bring() -> None:
    receiver = (
        '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
        f'<scriptTask id="a" scriptFormat="sh"><script>test "$colour" = blue</script></scriptTask>{flow("s", "a")}'
    )
    task = task_of(dag_of(receiver), "a")
    assert task.arguments["pass_variables"] == ["colour"]
    assert task.arguments["variables"] == {"colour": [{"task": "s"}]}


ENDLESS = (
    f'<subProcess id="p"><startEvent id="s1"/>{script("a")}{script("b")}'
    + flow("s1", "a")
    + flow("a", "b")
    + flow("b", "a", id="again")
    + "</subProcess>"
)


def test_a_loop_without_an_exit_runs_where_an_event_may_end_it() -> None:
    border = (
        '<boundaryEvent id="late" attachedToRef="p"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    body = f'<startEvent id="s"/>{ENDLESS}<endEvent id="e"/>{flow("s", "p")}{flow("p", "e")}'
    alone = compile_template(TemplateSource("t.bpmn", document(process(body))))
    assert [item.code for item in alone.diagnostics if item.severity is Severity.WARNING] == ["DF105"]
    assert alone.dags
    dag = dag_of(body + border + flow("late", "e"))
    assert "loop_a" in task_of(dag, "p.interrupted").arguments["stops"]


def test_a_loop_that_always_repeats_and_ends_at_once_is_a_warning_and_its_iteration_fails() -> None:
    result = compiled(
        f'<startEvent id="s"/>{script("a")}<endEvent id="e"/>'
        f"{flow('s', 'a')}{flow('a', 'a', '${again}')}{flow('a', 'e')}"
    )
    assert "DF209" in [item.code for item in result.diagnostics if item.severity is Severity.WARNING]
    _, iteration = result.dags
    assert "JoinOperator" in {kind(task) for task in iteration.tasks}


ESCALATION = '<escalationEventDefinition escalationRef="{}"/>'


def test_an_escalation_event_that_nothing_raises_is_reported() -> None:
    border = f'<boundaryEvent id="b" attachedToRef="x">{ESCALATION.format("late")}</boundaryEvent>{script("tell")}'
    raising = f'<subProcess id="x"><endEvent id="raise">{ESCALATION.format("late")}</endEvent></subProcess>'
    other = raising.replace('"late"', '"early"')
    for activity, is_reported in ((raising, False), (other, True), ('<callActivity id="x" calledElement="y"/>', True)):
        found = compiled(between(activity) + border + flow("b", "tell")).diagnostics
        assert ("DF233" in {item.code for item in found}) is is_reported


def test_an_event_sub_process_whose_escalation_nothing_raises_is_reported() -> None:
    handler = f'<subProcess id="h" triggeredByEvent="true"><startEvent id="hs">{ESCALATION.format("late")}</startEvent>{script("help")}{flow("hs", "help")}</subProcess>'
    thrown = f'<intermediateThrowEvent id="x">{ESCALATION.format("late")}</intermediateThrowEvent>'
    assert "DF233" in {item.code for item in compiled(between(script("x")) + handler).diagnostics}
    assert "DF233" not in {item.code for item in compiled(between(thrown) + handler).diagnostics}


def waiting_beside(*starts: str) -> str:
    flows = "".join(flow(f"hs{number}", "help") for number in range(len(starts)))
    events = "".join(
        f'<startEvent id="hs{number}">{definitions}</startEvent>' for number, definitions in enumerate(starts)
    )
    return (
        f'{between(script("x"))}<subProcess id="h" triggeredByEvent="true">{events}{script("help")}{flows}</subProcess>'
    )


MESSAGES = '<messageEventDefinition messageRef="m"/><messageEventDefinition messageRef="m2"/>'


def test_an_event_sub_process_with_several_definitions_waits_for_each_of_them_and_runs_once() -> None:
    dag = dag_of(waiting_beside(f"{MESSAGES}{TIMER}"))
    assert [event["kind"] for event in task_of(dag, "h.awaited").arguments["events"]] == ["message", "message", "timer"]
    assert leads_to(dag, "h.enter") == {"hs0"}
    assert "help__2" not in {task.task_id for task in dag.tasks}


def test_an_event_sub_process_may_wait_for_all_of_its_definitions() -> None:
    body = waiting_beside(MESSAGES).replace('id="hs0"', 'id="hs0" parallelMultiple="true"')
    events = task_of(dag_of(body), "h.awaited").arguments["events"]
    assert [event["needs_all"] for event in events] == [True, True]


def test_each_start_event_of_an_event_sub_process_starts_what_it_leads_to() -> None:
    result = compiled(waiting_beside('<messageEventDefinition messageRef="m"/>', TIMER))
    (dag,) = result.dags
    for handler, start, step in (("h", "hs0", "help"), ("h__2", "hs1", "help__2")):
        assert task_of(dag, f"{handler}.awaited").arguments["events"][0]["outcome"] == handler
        assert leads_to(dag, f"{handler}.enter") == {start}
        assert leads_to(dag, start) == {step}
    assert "h__2.awaited" in task_of(dag, "h.awaited").arguments["stops"]


def test_start_events_of_an_event_sub_process_may_have_paths_of_their_own() -> None:
    body = waiting_beside('<messageEventDefinition messageRef="m"/>', TIMER)
    dag = dag_of(
        body.replace('targetRef="help"', 'targetRef="other"', 1).replace(
            "</subProcess>", f"{script('other')}</subProcess>"
        )
    )
    assert leads_to(dag, "hs0") == {"other"}
    assert leads_to(dag, "hs1") == {"help"}
    assert not any(task.task_id.startswith("help__") for task in dag.tasks)


def test_a_start_event_with_a_timer_among_its_definitions_has_a_schedule() -> None:
    timer = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
    start = (
        f'<startEvent id="s"><messageEventDefinition messageRef="m"/>{timer}</startEvent>{script("x")}{flow("s", "x")}'
    )
    schedule = dag_of(start).schedule
    assert (schedule.interval_seconds, schedule.events) == (3600, ("bpmn://message/order",))


def test_a_start_event_that_waits_for_all_of_its_definitions_is_reported() -> None:
    start = f'<startEvent id="s" parallelMultiple="true">{MESSAGES}</startEvent>{script("x")}{flow("s", "x")}'
    assert "DF453" in {item.code for item in compiled(start).diagnostics}


def test_an_escalation_that_only_an_iteration_throws_is_reported() -> None:
    border = f'<boundaryEvent id="b" attachedToRef="x">{ESCALATION.format("late")}</boundaryEvent>{script("tell")}'
    repeated = (
        "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    thrown = f'<intermediateThrowEvent id="raise">{ESCALATION.format("late")}</intermediateThrowEvent>'
    loop = f"{script('a')}{thrown}{flow('a', 'raise')}{flow('raise', 'a', '${n}')}"
    for inside, is_reported in ((thrown, False), (repeated + thrown, True), (loop, True)):
        activity = between(f'<subProcess id="x">{inside}</subProcess>')
        found = compiled(activity + border + flow("b", "tell")).diagnostics
        assert ("DF233" in {item.code for item in found}) is is_reported


def test_compensation_of_what_an_iteration_did_is_reported() -> None:
    undone = (
        f'{script("work")}<boundaryEvent id="b" attachedToRef="work"><compensateEventDefinition/></boundaryEvent>'
        '<task id="undo" isForCompensation="true"/><association id="to_undo" sourceRef="b" targetRef="undo"/>'
    )
    end = '<endEvent id="end"><compensateEventDefinition/></endEvent>'
    once = f'<startEvent id="s"/>{undone}{end}{flow("s", "work")}{flow("work", "end")}'
    loop = once + flow("work", "work", "${again}")
    repeated = (
        '<startEvent id="s"/><subProcess id="p"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2'
        f"</loopCardinality></multiInstanceLoopCharacteristics>{undone}</subProcess>{end}{flow('s', 'p')}{flow('p', 'end')}"
    )
    for body, is_reported in ((once, False), (loop, True), (repeated, True)):
        assert ("DF234" in {item.code for item in compiled(body).diagnostics}) is is_reported
