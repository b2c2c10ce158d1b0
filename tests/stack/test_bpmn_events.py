"""Events of BPMN in a real Airflow: with a scheduler, a triggerer and workers, as diagrams are meant to run."""

# ruff: noqa: E501 - an element of a BPMN text stays on one line

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from running_processes import RunningProcesses

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  id="defs" targetNamespace="t">
<message id="ask" name="ask"/><message id="reply" name="reply"/><signal id="alarm" name="alarm"/>
<error id="broken" name="broken" errorCode="BROKEN"/><escalation id="late" name="late" escalationCode="LATE"/>
"""


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def script(node_id: str, text: str = "true", inside: str = "") -> str:
    return (
        f'<scriptTask id="{node_id}" scriptFormat="sh">'
        "<extensionElements><camunda:failedJobRetryTimeCycle>R1/PT1S</camunda:failedJobRetryTimeCycle></extensionElements>"
        f"{inside}<script>{text}</script></scriptTask>"
    )


def task(node_id: str, attributes: str = "") -> str:
    """Return a step that needs no worker."""
    return f'<task id="{node_id}" {attributes}/>'


def process(process_id: str, *parts: str) -> str:
    return f'<process id="{process_id}" isExecutable="true">{"".join(parts)}</process>'


DIAGRAMS = {
    "boundary_timer": process(
        "boundary_timer",
        '<startEvent id="s"/>',
        script("long", "sleep 600"),
        '<endEvent id="e"/>',
        task("late"),
        '<boundaryEvent id="timeout" attachedToRef="long"><timerEventDefinition><timeDuration>PT8S</timeDuration></timerEventDefinition></boundaryEvent>',
        flow("s", "long"),
        flow("long", "after"),
        task("after"),
        flow("after", "e"),
        flow("timeout", "late"),
    ),
    "quick_enough": process(
        "quick_enough",
        '<startEvent id="s"/>',
        task("quick"),
        task("late"),
        task("after"),
        task("reminder"),
        '<boundaryEvent id="timeout" attachedToRef="quick"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></boundaryEvent>',
        '<boundaryEvent id="remind" attachedToRef="quick" cancelActivity="false"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></boundaryEvent>',
        flow("s", "quick"),
        flow("quick", "after"),
        flow("timeout", "late"),
        flow("remind", "reminder"),
    ),
    "called": process("called", script("endless", "sleep 600")),
    "boundary_timer_of_call": process(
        "boundary_timer_of_call",
        '<callActivity id="call" calledElement="called"/>',
        task("after"),
        task("late"),
        '<boundaryEvent id="timeout" attachedToRef="call"><timerEventDefinition><timeDuration>PT90S</timeDuration></timerEventDefinition></boundaryEvent>',
        flow("call", "after"),
        flow("timeout", "late"),
    ),
    "error_path": process(
        "error_path",
        '<startEvent id="s"/>',
        script("work", """echo '{"bpmn_error": "BROKEN", "message": "disk"}'; exit 3"""),
        '<boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="broken"/></boundaryEvent>',
        task("after"),
        task("repair"),
        flow("s", "work"),
        flow("work", "after"),
        flow("caught", "repair"),
        flow("repair", "box"),
        '<subProcess id="box"><startEvent id="bs"/><parallelGateway id="fork"/>',
        script("slow", "sleep 600"),
        '<endEvent id="slow_end"/><endEvent id="fails"><errorEventDefinition errorRef="broken"/></endEvent>',
        flow("bs", "fork"),
        flow("fork", "slow"),
        flow("slow", "slow_end"),
        flow("fork", "check"),
        script("check", "sleep 3"),
        flow("check", "fails"),
        "</subProcess>",
        '<boundaryEvent id="box_caught" attachedToRef="box"><errorEventDefinition/></boundaryEvent>',
        task("box_after"),
        task("box_repair"),
        flow("box", "box_after"),
        flow("box_caught", "box_repair"),
    ),
    "talk": process(
        "asker",
        '<startEvent id="s"/><intermediateThrowEvent id="send"><messageEventDefinition messageRef="ask"/></intermediateThrowEvent>',
        '<eventBasedGateway id="wait"/><intermediateCatchEvent id="answered"><messageEventDefinition messageRef="reply"/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="too_late"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></intermediateCatchEvent>',
        script("good", 'test "$colour" = blue'),
        task("bad"),
        flow("s", "send"),
        flow("send", "wait"),
        flow("wait", "answered"),
        flow("wait", "too_late"),
        flow("answered", "good"),
        flow("too_late", "bad"),
    )
    + process(
        "answerer",
        '<startEvent id="asked"><messageEventDefinition messageRef="ask"/></startEvent>',
        '<scriptTask id="think" scriptFormat="sh" camunda:resultVariable="colour"><script>echo \'"blue"\'</script></scriptTask>',
        '<endEvent id="done"><messageEventDefinition messageRef="reply"/></endEvent>',
        flow("asked", "think"),
        flow("think", "done"),
    ),
    "loop": process(
        "loop",
        '<startEvent id="s"/><exclusiveGateway id="again"/>',
        '<scriptTask id="count" scriptFormat="sh" camunda:resultVariable="n"><script>echo $((${n:-0} + 1))</script></scriptTask>',
        '<exclusiveGateway id="enough" default="enough_again"/>',
        script("after", 'test "$n" = 3'),
        flow("s", "again"),
        flow("again", "count"),
        flow("count", "enough"),
        flow("enough", "again"),
        flow("enough", "after", "${n == 3}"),
    ),
    "each": process(
        "each",
        '<startEvent id="s"/><scriptTask id="list" scriptFormat="sh" camunda:resultVariable="hosts"><script>echo \'["a", "b", "c"]\'</script></scriptTask>',
        script(
            "visit",
            'test -n "$host"',
            '<multiInstanceLoopCharacteristics camunda:collection="hosts" camunda:elementVariable="host"/>',
        ),
        task("after"),
        flow("s", "list"),
        flow("list", "visit"),
        flow("visit", "after"),
    ),
    "undo": process(
        "undo",
        '<startEvent id="s"/><transaction id="booking"><startEvent id="bs"/>',
        task("hotel"),
        task("flight"),
        task("taxi"),
        '<boundaryEvent id="hotel_undo" attachedToRef="hotel"><compensateEventDefinition/></boundaryEvent>',
        '<boundaryEvent id="flight_undo" attachedToRef="flight"><compensateEventDefinition/></boundaryEvent>',
        '<boundaryEvent id="taxi_undo" attachedToRef="taxi"><compensateEventDefinition/></boundaryEvent>',
        task("cancel_hotel", attributes='isForCompensation="true"'),
        task("cancel_flight", attributes='isForCompensation="true"'),
        task("cancel_taxi", attributes='isForCompensation="true"'),
        '<association id="a1" sourceRef="hotel_undo" targetRef="cancel_hotel"/><association id="a2" sourceRef="flight_undo" targetRef="cancel_flight"/>',
        '<association id="a3" sourceRef="taxi_undo" targetRef="cancel_taxi"/>',
        '<exclusiveGateway id="paid" default="paid_taxi"/><endEvent id="cancelled"><cancelEventDefinition/></endEvent>',
        flow("bs", "hotel"),
        flow("hotel", "flight"),
        flow("flight", "paid"),
        flow("paid", "taxi"),
        flow("paid", "cancelled", "${1 == 1}"),
        "</transaction>",
        '<boundaryEvent id="on_cancel" attachedToRef="booking"><cancelEventDefinition/></boundaryEvent>',
        task("after"),
        task("sorry"),
        flow("s", "booking"),
        flow("booking", "after"),
        flow("on_cancel", "sorry"),
    ),
    "beside": process(
        "beside",
        '<startEvent id="s"/><parallelGateway id="fork"/>',
        script("slow", "sleep 600"),
        script("trigger", "sleep 5"),
        '<endEvent id="stop"><terminateEventDefinition/></endEvent><intermediateThrowEvent id="shout"><signalEventDefinition signalRef="alarm"/></intermediateThrowEvent>',
        flow("s", "fork"),
        flow("fork", "slow"),
        flow("fork", "trigger"),
        flow("trigger", "shout"),
        flow("shout", "pause"),
        script("pause", "sleep 20"),
        flow("pause", "stop"),
        '<subProcess id="on_alarm" triggeredByEvent="true"><startEvent id="alarmed" isInterrupting="false"><signalEventDefinition signalRef="alarm"/></startEvent>',
        task("note"),
        flow("alarmed", "note"),
        "</subProcess>",
    ),
    "escalate": process(
        "escalate",
        '<startEvent id="s"/><subProcess id="box"><startEvent id="bs"/><intermediateThrowEvent id="raise"><escalationEventDefinition escalationRef="late"/></intermediateThrowEvent>',
        task("rest"),
        flow("bs", "raise"),
        flow("raise", "rest"),
        "</subProcess>",
        '<boundaryEvent id="told" attachedToRef="box" cancelActivity="false"><escalationEventDefinition escalationRef="late"/></boundaryEvent>',
        task("tell"),
        task("after"),
        flow("s", "box"),
        flow("box", "after"),
        flow("told", "tell"),
        flow("after", "hard"),
        '<subProcess id="hard"><startEvent id="hs"/>',
        flow("hs", "hard_end"),
        '<endEvent id="hard_end"><escalationEventDefinition escalationRef="late"/></endEvent></subProcess>',
        '<boundaryEvent id="hard_told" attachedToRef="hard"><escalationEventDefinition/></boundaryEvent>',
        task("hard_tell"),
        task("hard_after"),
        flow("hard", "hard_after"),
        flow("hard_told", "hard_tell"),
    ),
    "person": process(
        "person",
        '<startEvent id="s"/><userTask id="approve"/>',
        '<boundaryEvent id="nobody" attachedToRef="approve"><timerEventDefinition><timeDuration>PT8S</timeDuration></timerEventDefinition></boundaryEvent>',
        task("after"),
        task("escalated"),
        flow("s", "approve"),
        flow("approve", "after"),
        flow("nobody", "escalated"),
    ),
}
STARTED = [name for name in DIAGRAMS if name not in ("talk", "called")] + ["asker"]


@pytest.fixture(scope="module")
def airflow() -> Iterator[RunningProcesses]:
    """An Airflow with an engine, in which a run of every diagram has been started."""
    home = Path(tempfile.mkdtemp(prefix="airflow-events-"))
    running = RunningProcesses(home)
    try:
        dag_ids = [
            dag_id
            for text in DIAGRAMS.values()
            for dag_id in running.add_processes(f"{HEAD}{text}</definitions>".encode())
        ]
        running.start()
        running.start_component("ops engine")
        for dag_id in dag_ids:
            running.wait_for_dag(dag_id)
        running.runs_of = {dag_id: running.trigger(dag_id) for dag_id in STARTED}
        yield running
    finally:
        running.stop()
        with suppress(OSError):
            shutil.rmtree(home)


def finished(airflow: RunningProcesses, dag_id: str, *nodes: str, state: str = "success") -> set[str]:
    """Wait for the end of the run of a diagram and return which of ``nodes`` were done."""
    run_id = airflow.runs_of[dag_id]
    assert airflow.finish(dag_id, run_id, 400) == state, airflow.states(dag_id, run_id)
    return airflow.passed(dag_id, run_id, *nodes)


def test_a_timer_on_the_border_stops_a_running_script_and_takes_its_path(airflow: RunningProcesses) -> None:
    assert finished(airflow, "boundary_timer", "long", "late", "after") == {"late"}
    assert airflow.states("boundary_timer", airflow.runs_of["boundary_timer"])["long"] == "skipped"


def test_timers_on_the_border_are_withdrawn_when_the_activity_is_done_first(airflow: RunningProcesses) -> None:
    assert finished(airflow, "quick_enough", "quick", "late", "after", "reminder") == {"quick", "after"}


def test_a_timer_on_the_border_of_a_call_stops_the_called_run(airflow: RunningProcesses) -> None:
    assert finished(airflow, "boundary_timer_of_call", "call", "after", "late") == {"late"}
    (called,) = [run for run in airflow.runs("called") if run["dag_run_id"].startswith("called_by__")]
    assert airflow.finish("called", called["dag_run_id"]) == "failed"
    assert airflow.states("called", called["dag_run_id"])["endless"] == "failed"


def test_an_error_takes_the_path_of_its_code_and_stops_what_runs_beside_it(airflow: RunningProcesses) -> None:
    nodes = ("work", "after", "repair", "box_after", "box_repair", "slow", "check")
    assert finished(airflow, "error_path", *nodes) == {"repair", "box_repair", "check"}


def test_two_pools_talk_by_messages(airflow: RunningProcesses) -> None:
    assert finished(airflow, "asker", "good", "bad") == {"good"}


def test_a_loop_runs_three_times(airflow: RunningProcesses) -> None:
    assert finished(airflow, "loop", "after") == {"after"}
    assert len(airflow.runs("loop.loop_again")) == 3


def test_an_activity_runs_for_each_item_of_a_list(airflow: RunningProcesses) -> None:
    assert finished(airflow, "each", "after") == {"after"}


def test_a_cancelled_transaction_undoes_what_was_done_last_first(airflow: RunningProcesses) -> None:
    nodes = ("hotel", "flight", "taxi", "cancel_hotel", "cancel_flight", "cancel_taxi", "after", "sorry")
    expected = {"hotel", "flight", "cancel_hotel", "cancel_flight", "sorry"}
    assert finished(airflow, "undo", *nodes) == expected
    run_id = airflow.runs_of["undo"]
    undone = [airflow.task("undo", run_id, node)["start_date"] for node in ("cancel_flight", "cancel_hotel")]
    assert undone == sorted(undone)


def test_a_signal_starts_an_event_sub_process_and_terminate_ends_the_rest(airflow: RunningProcesses) -> None:
    assert finished(airflow, "beside", "slow", "trigger", "note", "pause") == {"trigger", "note", "pause"}


def test_escalations_reach_the_border_of_their_sub_process(airflow: RunningProcesses) -> None:
    nodes = ("rest", "tell", "after", "hard_tell", "hard_after")
    assert finished(airflow, "escalate", *nodes) == {"rest", "tell", "after", "hard_tell"}


def test_a_timer_withdraws_the_task_of_a_person(airflow: RunningProcesses) -> None:
    assert finished(airflow, "person", "approve", "after", "escalated") == {"escalated"}
