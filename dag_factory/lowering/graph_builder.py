"""GraphBuilder: collects the steps, flows and groups of a flat graph while a process is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dag_factory.dag_spec import GroupSpec
from dag_factory.model.flat_graph import Step, StepFlow
from dag_factory.model.process import FlowNode
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.outcome_router import OutcomeRouterNode
from dag_factory.nodes.task import TaskNode


@dataclass(frozen=True, slots=True)
class Border:
    """Where flows enter a node's steps, and where they leave them.

    :param outcome: of the step that they leave, where that ends in one of several.
    """

    entry: str
    exit: str
    outcome: str = ""


class GraphBuilder:
    """The steps and flows so far, in the order in which they were added."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.flows: list[StepFlow] = []
        self.groups: list[GroupSpec] = []
        self._places: dict[str, int] = {}
        self._placed = 0

    def ids_since(self, first: int) -> list[str]:
        """Return the ids of the steps from the one at place ``first`` on."""
        return [step.id for step in self.steps[first:]]

    def helper(self, node: FlowNode, what: str, name: str, join: str, group: str | None) -> Step:
        """Add a step without work that belongs to ``node``, and return it."""
        step_id = f"{node.id}.{what}"
        step = Step(
            id=step_id,
            node=node,
            fields=TaskNode.model_construct(id=step_id, name=name),
            name=name,
            group=group,
            join=join,
        )
        self.steps.append(step)
        return step

    def add(self, node: FlowNode, fields: NodeFields, group: str | None, join: str = "any") -> Step:
        """Add a step of ``node`` that does what ``fields`` say, under their id and name; return it."""
        step = Step(id=fields.id, node=node, fields=fields, name=fields.name or node.name, group=group, join=join)
        self.steps.append(step)
        return step

    def link(self, source: str, target: str, outcome: str = "") -> None:
        """Add a flow that no sequence flow of the diagram stands for."""
        self.flows.append(StepFlow(source=source, target=target, outcome=outcome))

    def link_exit(self, border: Border, target: str) -> None:
        """Add a flow from where ``border`` is left to ``target``."""
        self.link(border.exit, target, border.outcome)

    def change(self, step_id: str, **changes: object) -> None:
        """Replace fields of a step that was added before."""
        place = self._place_of(step_id)
        self.steps[place] = replace(self.steps[place], **changes)  # type: ignore[arg-type]  # named by the caller

    def fields_of(self, step_ids: Iterable[str]) -> dict[str, NodeFields]:
        """Return what the steps ``step_ids`` do, by their ids."""
        places = sorted({self._place_of(step_id) for step_id in step_ids})
        return {self.steps[place].id: self.steps[place].fields for place in places}

    def routers_among(self, step_ids: Iterable[str]) -> list[str]:
        """Return the steps among ``step_ids`` that deal with how an activity ended."""
        return [name for name, fields in self.fields_of(step_ids).items() if isinstance(fields, OutcomeRouterNode)]

    def _place_of(self, step_id: str) -> int:
        for place in range(self._placed, len(self.steps)):
            self._places[self.steps[place].id] = place
        self._placed = len(self.steps)
        return self._places[step_id]
