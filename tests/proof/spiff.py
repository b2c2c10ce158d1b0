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
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
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

    def run_to_the_end(self) -> str:
        try:
            while not self.workflow.completed:
                self.workflow.do_engine_steps()
                if not (self.do_tasks() or self.workflow.completed or self.send_a_message()):
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
        free = [task for task in ready if not self.oracle.is_held(task.task_spec.bpmn_id)]
        for task in free:
            if task.state == TaskState.READY:
                task.run()
        return bool(free)

    def ask(self) -> None:
        """Ask the oracle once for each event-based gateway and each activity with events on its border."""
        for task in self.workflow.get_tasks(state=TaskState.WAITING):
            element = self.asking_element(task)
            if element and _place(task) not in self.chosen:
                self.chosen[_place(task)] = self.oracle.chosen(element)

    def asking_element(self, task: Any) -> str:
        """Return the element whose answer says whether what ``task`` waits for happens, or nothing."""
        found = (
            element
            for element, question in self.oracle.questions.items()
            if question.is_choice and task.task_spec.bpmn_id in (element, *question.answers)
        )
        return next(found, "") if isinstance(task.task_spec, CatchingEvent) else ""

    def send_a_message(self) -> bool:
        """Send one message that the oracle lets come now; return whether there was one."""
        for task in self.workflow.get_tasks(state=TaskState.WAITING):
            chosen = self.chosen.get(_place(task), "")
            is_gateway = isinstance(task.task_spec, EventBasedGateway)
            if chosen and (is_gateway or task.task_spec.bpmn_id == chosen):
                own = task.task_spec.event_definition
                definition = next(one for one in own.event_definitions if one.name == chosen) if is_gateway else own
                self.workflow.send_event(BpmnEvent(definition, payload={}))
                return True
        return False

    def has_failed(self) -> bool:
        """Whether an error has come out of the process: nothing in it has caught it."""
        return any(isinstance(event.event_definition, ErrorEventDefinition) for event in self.workflow.bpmn_events)


def _place(task: Any) -> Any:
    """Return what tells one wait from the next: the gateway's own task, or the one that holds activity and events."""
    return task.id if isinstance(task.task_spec, EventBasedGateway) else task.parent.id


class _AskingEngine(PythonScriptEngine):
    """Evaluates conditions with the oracle's answers, asked once for each visit of the element."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()
        self.oracle = oracle
        self.answers: dict[Any, dict[str, int]] = {}

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return eval(expression, {}, self.values(task))

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
