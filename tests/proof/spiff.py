"""The independent engine: SpiffWorkflow runs the same BPMN file."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lxml import etree
from model import Model
from oracle import Oracle
from run_record import RunRecord
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

_HAS_NO_WAY_ON = ("No conditions satisfied", "A default output is required")


def run_in_spiff(model: Model, seed: int) -> RunRecord:
    """Return how SpiffWorkflow runs ``model`` when the oracle of ``seed`` decides."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(model.content))
    oracle = model.oracle(seed)
    workflow = BpmnWorkflow(
        parser.get_spec("proof"), parser.get_subprocess_specs("proof"), script_engine=_AskingEngine(oracle)
    )
    end = _Driver(workflow, oracle).run_to_the_end()
    done = workflow.get_tasks(state=TaskState.COMPLETED)
    executed = Counter(task.task_spec.bpmn_id for task in done if not isinstance(task.task_spec, LoopTask))
    return RunRecord(Counter({key: executed[key] for key in executed.keys() & model.elements}), end)


class _Driver:
    """Does what people and the world do: completes their tasks and sends the messages that the oracle lets happen."""

    def __init__(self, workflow: BpmnWorkflow, oracle: Oracle) -> None:
        self.workflow = workflow
        self.oracle = oracle
        self.chosen: dict[Any, str] = {}
        self.begun: dict[Any, int] = {}

    def run_to_the_end(self) -> str:
        try:
            while not self.workflow.completed:
                self.workflow.do_engine_steps()
                if not (
                    self.do_tasks() or self.workflow.completed or self.let_an_event_happen() or self.do_late_tasks()
                ):
                    return "failed" if self.has_failed() else "deadlock"
        except SpiffWorkflowException as error:
            if not any(text in str(error) for text in _HAS_NO_WAY_ON):
                raise
            return "failed"
        return "failed" if self.has_failed() else "success"

    def do_tasks(self) -> bool:
        """Complete what people are to do and no event takes away; return whether there was anything."""
        self.ask()
        ready = self.workflow.get_tasks(state=TaskState.READY)
        late = self.oracle.late
        names = {task: task.task_spec.bpmn_id for task in ready}
        free = [task for task in ready if not self.oracle.is_held(names[task]) and names[task] not in late]
        for task in free:
            if task.state == TaskState.READY:
                task.run()
        return bool(free)

    def ask(self) -> None:
        """Ask the oracle once for each event-based gateway and each activity with events on its border."""
        for task in self.waiting():
            if self.place(task) not in self.chosen:
                self.chosen[self.place(task)] = self.oracle.chosen(self.oracle.asking(task.task_spec.bpmn_id))

    def waiting(self) -> list[Any]:
        """Return the waits for events that may happen or not."""
        tasks = self.workflow.get_tasks(state=TaskState.WAITING)
        return [task for task in tasks if isinstance(task.task_spec, CatchingEvent) and self.is_asked(task)]

    def in_order(self) -> list[Any]:
        """Return all waits, those that began first before others."""
        waiting = self.workflow.get_tasks(state=TaskState.WAITING)
        for task in waiting:
            self.begun.setdefault(task.id, len(self.begun))
        return sorted(waiting, key=lambda task: self.begun[task.id])

    def is_asked(self, task: Any) -> bool:
        return bool(self.oracle.asking(task.task_spec.bpmn_id))

    def place(self, task: Any) -> Any:
        """Return what tells one wait from the next: the gateway's own, or that around an activity and its events."""
        asking = self.oracle.asking(task.task_spec.bpmn_id)
        return task.id if isinstance(task.task_spec, EventBasedGateway) else (task.parent.id, asking)

    def let_an_event_happen(self) -> bool:
        """Let one event happen that the oracle wants now, or that always does; return whether there was one."""
        for task in self.in_order():
            own = getattr(task.task_spec, "event_definition", None)
            if isinstance(task.task_spec, EventBasedGateway):
                chosen = self.chosen[self.place(task)]
                self.happen(task, next(one for one in own.event_definitions if one.name == chosen))
                return True
            is_wait = isinstance(own, MessageEventDefinition | SignalEventDefinition | TimerEventDefinition)
            if is_wait and (not self.is_asked(task) or self.chosen[self.place(task)] == task.task_spec.bpmn_id):
                self.happen(task, own)
                return True
        return False

    def happen(self, task: Any, definition: Any) -> None:
        if isinstance(definition, TimerEventDefinition):
            task._set_internal_data(event_fired=True)
            task.task_spec._update(task)
        else:
            self.workflow.send_event(BpmnEvent(definition, payload={}))

    def do_late_tasks(self) -> bool:
        """Complete a task that is done only when nothing else can happen; return whether there was one."""
        for task in self.workflow.get_tasks(state=TaskState.READY):
            if task.task_spec.bpmn_id in self.oracle.late:
                task.run()
                return True
        return False

    def has_failed(self) -> bool:
        """Whether an error has come out of the process: nothing in it has caught it."""
        return any(isinstance(event.event_definition, ErrorEventDefinition) for event in self.workflow.bpmn_events)


class _AskingEngine(PythonScriptEngine):
    """Evaluates conditions with the oracle's answers, asked once for each visit of the element."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()
        self.oracle = oracle
        self.answers: dict[Any, dict[str, int]] = {}

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return expression if expression.startswith("PT") else eval(expression, {}, self.values(task))

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        return True

    def values(self, task: Any) -> dict[str, int]:
        asking = task if isinstance(task.task_spec, LoopTask) or not _is_instance(task) else task.parent
        if asking.id not in self.answers:
            self.answers[asking.id] = self.oracle.visit(asking.task_spec.bpmn_id or asking.task_spec.name)
        answers = self.answers[asking.id]
        if not isinstance(asking.task_spec, LoopTask):
            return answers
        completed = len(asking.internal_data.get("merged", []))
        return {name: int(completed < number) for name, number in answers.items()}


def _is_instance(task: Any) -> bool:
    parent = task.parent and task.parent.task_spec
    return isinstance(parent, LoopTask) and parent.task_spec == task.task_spec.name
