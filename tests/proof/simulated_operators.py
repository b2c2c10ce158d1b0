"""What each operator class does in the simulator: the same as in Airflow, without Airflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trigger_rules import State

from dag_factory.expressions import parse_expression

if TYPE_CHECKING:
    from dag_simulator import DagRun, TaskInstance

HAPPENS_AFTER = 1000.0
"""Seconds after which an event happens that happens at all: later than people answer."""

OPERATORS: dict[str, Callable[[TaskInstance], None]] = {}
"""By the name of the class; a class that is missing makes the proof fail rather than pass."""


def operator(*names: str) -> Callable[[Callable[[TaskInstance], None]], Callable[[TaskInstance], None]]:
    """Return a decorator that registers what the operator classes of these names do."""

    def register(does: Callable[[TaskInstance], None]) -> Callable[[TaskInstance], None]:
        OPERATORS.update(dict.fromkeys(names, does))
        return does

    return register


@operator("EmptyOperator", "ScriptOperator", "ApiCallOperator", "SqlOperator", "ThrowOperator")
def pass_on(ti: TaskInstance) -> None:
    """Succeed at once."""
    ti.finish(State.SUCCESS)


@operator("WaitOperator")
def wait(ti: TaskInstance) -> None:
    """Succeed like an event that happens, unless it is to be late."""
    if ti.task.task_id in ti.world.oracle.late:
        ti.world.at_last(lambda: ti.finish(State.SUCCESS))
    else:
        ti.world.after(HAPPENS_AFTER, lambda: ti.finish(State.SUCCESS))


@operator("UnboundOperator")
def fail(ti: TaskInstance) -> None:
    """Fail at once."""
    ti.finish(State.FAILED)


@operator("AssignOperator")
def assign(ti: TaskInstance) -> None:
    """Set variables to the values of expressions."""
    known = ti.values()
    texts = ti.task.arguments["values_of"]
    ti.xcoms["variables"] = {name: parse_expression(text).evaluate(known) for name, text in texts.items()}
    ti.finish(State.SUCCESS)


@operator("ResultOperator")
def give_result(ti: TaskInstance) -> None:
    """Evaluate what the run gives to whoever started it."""
    known = ti.values()
    texts = ti.task.arguments["result"]
    ti.xcoms["return_value"] = {name: parse_expression(text).evaluate(known) for name, text in texts.items()}
    ti.finish(State.SUCCESS)


@operator("ItemsOperator")
def make_items(ti: TaskInstance) -> None:
    """Evaluate the list that a mapped task runs over."""
    ti.xcoms["return_value"] = parse_expression(ti.task.arguments["items"]).evaluate(ti.values())
    ti.finish(State.SUCCESS)


@operator("DecisionOperator")
def decide(ti: TaskInstance) -> None:
    """Follow the branches that are true, or the default; fail where there is neither."""
    arguments = ti.task.arguments
    known = {**ti.values(), **ti.world.oracle.visit(ti.task.task_id)}
    hits = [branch for branch in arguments["branches"] if parse_expression(branch["condition"]).is_true(known)]
    followed = hits or ([arguments["default"]] if arguments.get("default") else [])
    if arguments.get("mode") != "inclusive":
        followed = followed[:1]
    if followed:
        follow(ti, {branch["target"] for branch in followed})
    else:
        ti.finish(State.FAILED)


def follow(ti: TaskInstance, chosen: set[str]) -> None:
    """Succeed and skip what is not chosen, but nothing that a chosen task leads to: ``SkipMixin.skip_all_except``."""
    kept = chosen.union(*(ti.run.below(task_id) for task_id in chosen))
    ti.finish(State.SUCCESS, skip=[task_id for task_id in ti.run.downstream[ti.task.task_id] if task_id not in kept])


@operator("ManualOperator")
def ask(ti: TaskInstance) -> None:
    """Wait for the answer, unless nobody gives one before an event takes the request away."""
    element, oracle = ti.task.task_id.removesuffix("_each"), ti.world.oracle
    if element in oracle.late:
        ti.world.at_last(lambda: answer(ti))
    elif element in oracle.holders:
        # A wait that begins at the same moment beside it must have asked the oracle first.
        ti.world.after(1, lambda: None if oracle.is_held(element) else answer(ti))
    else:
        answer(ti)


def answer(ti: TaskInstance) -> None:
    """Take the first option, and skip what it does not choose."""
    arguments = ti.task.arguments
    branches = arguments.get("branches")
    if branches is None:
        ti.finish(State.SUCCESS)
        return
    followed = set(branches.get(arguments["options"][0], ()))
    after = ti.run.downstream[ti.task.task_id] if followed else ti.run.below(ti.task.task_id)
    ti.finish(State.SUCCESS, skip=[task_id for task_id in after if task_id not in followed])


@operator("JoinOperator")
def join(ti: TaskInstance) -> None:
    """Count the tokens, and fail where there are too few or too many."""
    expected = ti.task.arguments["expected"]
    arrived = [name for name in expected if any(one.state is State.SUCCESS for one in ti.run.instances[name])]
    is_all = ti.task.arguments["tokens"] == "all"
    is_right = len(arrived) == len(expected) if is_all else len(arrived) == 1
    ti.finish(State.SUCCESS if is_right else State.FAILED)


@operator("CallOperator")
def call(ti: TaskInstance) -> None:
    """Start a run of another Dag and end as it ends."""
    values = ti.values()
    inputs = {name: _value_of(text, values) for name, text in ti.task.arguments.get("inputs", {}).items()}

    def end(run: DagRun) -> None:
        ti.finish(State.SUCCESS if run.state == "success" else State.FAILED)

    ti.world.start(ti.task.arguments["dag_id"], inputs, end, ti)


def _value_of(text: str, values: dict[str, Any]) -> Any:
    """Return the value of a text that is one lone ``${expression}``."""
    return parse_expression(text.removeprefix("${").removesuffix("}")).evaluate(values)


@operator("LoopOperator")
def repeat(ti: TaskInstance) -> None:
    """Run one Dag again and again."""
    _Iterations(ti).begin()


class _Iterations:
    """The iterations of one loop, as ``LoopOperator`` runs them."""

    def __init__(self, ti: TaskInstance) -> None:
        self.ti = ti
        self.arguments = ti.task.arguments
        self.given = ti.values()
        self.variables = {name: self.given.get(name) for name in self.arguments.get("inputs", ())}
        self.wanted = ti.world.oracle.visit(ti.task.task_id)

    def begin(self) -> None:
        entry = self.given.get(self.arguments.get("entry_variable", ""), "")
        if self.length is not None:
            is_begun = self.length > 0
        else:
            is_begun = not self.arguments.get("is_tested_before") or self.is_true("repeat_while", 0)
        if is_begun:
            self.start(1, entry)
        else:
            self.finish("")

    @property
    def length(self) -> int | None:
        if "items" in self.arguments:
            return len(parse_expression(self.arguments["items"]).evaluate(self.given))
        if "count" in self.arguments:
            return int(parse_expression(self.arguments["count"]).evaluate(self.given))
        return None

    def is_true(self, what: str, completed: int) -> bool:
        """Evaluate one of the loop's conditions; one that it has not is true."""
        if what not in self.arguments:
            return True
        answers = {name: int(completed < number) for name, number in self.wanted.items()}
        return parse_expression(self.arguments[what]).is_true({**self.given, **self.variables, **answers})

    def start(self, number: int, entry: str) -> None:
        conf = dict(self.variables)
        if self.arguments.get("entry_variable"):
            conf[self.arguments["entry_variable"]] = entry
        if "item_name" in self.arguments:
            conf[self.arguments["item_name"]] = number - 1
        self.ti.world.start(self.arguments["dag_id"], conf, lambda run: self.take(number, run), self.ti)

    def take(self, number: int, run: DagRun) -> None:
        """Take what an iteration gave; start another one, or be done."""
        if self.ti.state.is_finished:
            return
        if run.state != "success":
            self.ti.finish(State.FAILED)
            return
        results = run.instances.get("result", ())
        given = dict(next((one.xcoms["return_value"] for one in results if one.xcoms), {}))
        outcome = str(given.pop("outcome", None) or "")
        self.variables |= {name: value for name, value in given.items() if value is not None}
        if self.goes_on(number, outcome):
            self.start(number + 1, self.arguments["again"].get(outcome, ""))
        elif self.arguments.get("outcome_variable") and not outcome:
            self.ti.finish(State.SKIPPED)
        else:
            self.finish(outcome)

    def goes_on(self, number: int, outcome: str) -> bool:
        again = self.arguments["again"]
        if outcome not in again:
            return False
        if "stop_when" in self.arguments and self.is_true("stop_when", number):
            return False
        if not self.is_true("repeat_while", number):
            return False
        limit = self.length if self.length is not None else self.arguments.get("maximum")
        return number < limit if limit is not None else "repeat_while" in self.arguments or again != {"": ""}

    def finish(self, outcome: str) -> None:
        published = {
            name: self.variables.get(name) for name in self.arguments.get("sets", ()) if name in self.variables
        }
        if self.arguments.get("outcome_variable"):
            published[self.arguments["outcome_variable"]] = outcome
        self.ti.xcoms["variables"] = published
        self.ti.finish(State.SUCCESS)
