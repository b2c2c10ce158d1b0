"""Scenario: a model made to run by itself in real Airflow, where no oracle answers and time is real."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model import Model
from oracle import PATIENCE, Oracle, Question

SOON, NEVER = "PT2S", "PT1H"

_WAIT = re.compile(
    r'(?P<begin><(?:boundaryEvent|intermediateCatchEvent|startEvent) id="(?P<id>\w+)"[^>]*>)'
    r"<(?:(?:message|signal)EventDefinition [^>]*/>|timerEventDefinition>.*?</timerEventDefinition>)"
)
_HANDLER = re.compile(r'<subProcess id="(\w+)" triggeredByEvent="true">\s*<startEvent id="(\w+)"')


@dataclass
class SteadyOracle(Oracle):
    """Gives the same answers at each visit, as the inputs of a run do; every loop is left at once."""

    def _answer(self, element: str, question: Question) -> dict[str, int]:
        self.visits[element] = PATIENCE - 1 if question.way_out else 0
        return super()._answer(element, question)


@dataclass(frozen=True)
class Scenario:
    """A model in which each event is a timer that is soon due, or hardly ever.

    :param model: without people, but for those whose task an event takes away.
    :param inputs: what the gateways see.
    """

    model: Model
    seed: int
    inputs: dict[str, int]

    def oracle(self) -> SteadyOracle:
        """Return a fresh oracle that decides the same as the inputs and timers do."""
        return SteadyOracle(self.seed, self.model.questions, self.model.holders, self.model.late)


def scenario_of(model: Model, seed: int, name: str) -> Scenario | None:
    """Return how ``model`` can run by itself, ``None`` where it cannot: it counts, or has to end after an event.

    :param name: id of the process.
    """
    is_counting = any(question.is_count for question in model.questions.values())
    if is_counting or model.late:
        return None
    oracle = SteadyOracle(seed, model.questions, model.holders, model.late)
    inputs: dict[str, int] = {}
    happening: set[str] = set()
    for element, question in model.questions.items():
        answers = oracle.visit(element)
        if question.is_choice:
            happening |= {event for event, value in answers.items() if value}
        else:
            inputs |= answers
    held = {task for task in model.holders if oracle.is_held(task)}
    text = model.content.decode().replace('process id="proof"', f'process id="{name}"')
    handlers = {start: handler for handler, start in _HANDLER.findall(text)}

    def timer(found: re.Match[str]) -> str:
        event = handlers.get(found["id"], found["id"])
        is_due = not oracle.asking(event) or event in happening
        duration = f"<timeDuration>{SOON if is_due else NEVER}</timeDuration>"
        return f"{found['begin']}<timerEventDefinition>{duration}</timerEventDefinition>"

    text = re.sub(r'<(manualTask|scriptTask) id="(\w+)"[^>]*>', r'<task id="\2">', _WAIT.sub(timer, text))
    text = re.sub(r"</(?:manualTask|scriptTask)>", "</task>", text).replace("<script>true</script>", "")
    return Scenario(replace(model, content=_without_people(text, held).encode()), seed, inputs)


def _without_people(text: str, held: set[str]) -> str:

    def other(found: re.Match[str]) -> str:
        element, inside = found[1], found[2] or ""
        if element in held:
            return found[0]
        return f'<task id="{element}">{inside}</task>'

    return re.sub(r'<userTask id="(\w+)"(?:/>|>(.*?)</userTask>)', other, text)
