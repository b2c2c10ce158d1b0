"""A loop of the process, as one step: made by the compiler out of a cycle or a repetition marker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.expressions import parse_expression
from dag_factory.nodes.base import Marker, NodeFields, node_type

COUNTERS = frozenset({"loopCounter", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"})
"""Variables that a loop's own conditions may use: BPMN's counters of instances."""

OUTCOME = "outcome"
"""Key of an iteration's result that says how it ended."""


@node_type("loop")
class LoopNode(NodeFields):
    """Runs a Dag of its own, again and again, until an iteration ends another way than `again`."""

    type: Literal["loop"] = "loop"
    body: str = Field(description="Dag id of one iteration.")
    inputs: list[str] = Field(default_factory=list, description="Variables that an iteration reads.")
    sets: list[str] = Field(default_factory=list, description="Variables that an iteration sets.")
    again: dict[str, str] = Field(
        default_factory=dict, description="Outcomes that lead to another iteration -> where it enters the body."
    )
    entry_variable: str = Field("", description="Variable that says where the first iteration enters the body.")
    outcome_variable: str = Field("", description="Variable that gets the outcome of the last iteration.")
    items: str | None = Field(None, description="Expression for the list of items, one for each iteration.")
    count: str | None = Field(None, description="Expression for the number of iterations, where there are no items.")
    item: str = Field("item", description="Variable under which an iteration sees its item.")
    repeat_while: str | None = Field(None, description="Expression that must be true for another iteration.")
    stop_when: str | None = Field(None, description="Expression that ends the loop once it is true.")
    is_tested_before: bool = Field(False, description="Whether `repeat_while` is asked before the first iteration.")
    maximum: int | None = Field(None, description="Most iterations; the deployment's limit where absent.")

    def variables_set(self) -> frozenset[str]:
        """Return what the iterations set, and the outcome."""
        return frozenset(self.sets) | ({self.outcome_variable} if self.outcome_variable else frozenset())

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield what must have a value before the first iteration."""
        names = [*self.inputs, *([self.entry_variable] if self.entry_variable else [])]
        yield from ((Marker.EXPRESSION, name) for name in names if name != self.item or not self.has_items)
        yield from ((Marker.EXPRESSION, text) for text in (self.items, self.count) if text)
        own = self.variables_set() | COUNTERS | ({self.item} if self.has_items else set())
        for text in (self.repeat_while, self.stop_when):
            yield from (
                (Marker.EXPRESSION, name) for name in sorted(parse_expression(text).names - own if text else ())
            )

    @property
    def has_items(self) -> bool:
        """Whether the number of iterations is known before the first."""
        return self.items is not None or self.count is not None

    def to_task(self) -> TaskSpec:
        """Return the task that runs the iterations; the body's own tasks carry time-outs and retries."""
        given: dict[str, Any] = {
            "dag_id": self.body,
            "inputs": sorted(self.inputs),
            "sets": sorted(self.sets),
            "again": self.again,
            "entry_variable": self.entry_variable,
            "outcome_variable": self.outcome_variable,
            "items": self.items,
            "count": self.count,
            "item_name": self.item if self.has_items else None,
            "repeat_while": self.repeat_while,
            "stop_when": self.stop_when,
            "is_tested_before": self.is_tested_before or None,
            "maximum": self.maximum,
        }
        arguments = {name: value for name, value in given.items() if value not in (None, "", {}, [])}
        return TaskSpec(task_id=self.id, operator="airflow_ops_plugin.operators.loop.LoopOperator", arguments=arguments)
