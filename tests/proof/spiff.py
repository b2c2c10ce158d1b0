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
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
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
    end = _run_to_the_end(workflow)
    done = workflow.get_tasks(state=TaskState.COMPLETED)
    executed = Counter(task.task_spec.bpmn_id for task in done if not isinstance(task.task_spec, LoopTask))
    return RunRecord(Counter({key: executed[key] for key in executed.keys() & model.elements}), end)


def _run_to_the_end(workflow: BpmnWorkflow) -> str:
    try:
        while not workflow.completed:
            workflow.do_engine_steps()
            ready = workflow.get_tasks(state=TaskState.READY)
            for task in ready:
                task.run()
            if not ready and not workflow.completed:
                return "deadlock"
    except SpiffWorkflowException as error:
        if not any(text in str(error) for text in _HAS_NO_WAY_ON):
            raise
        return "failed"
    return "success"


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
