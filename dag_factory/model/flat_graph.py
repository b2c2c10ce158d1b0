"""FlatGraph: a process with its groups opened, as steps and flows that each become tasks and edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dag_factory.dag_spec import GroupSpec
from dag_factory.model.process import FlowNode, SequenceFlow
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.end import EndNode
from dag_factory.nodes.parallel import ParallelNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One task to be: a flow node, or a point that the flow of a group or of ``parallel`` needs.

    :param id: the task id.
    :param node: the flow node it belongs to.
    :param fields: what it does; those of ``node``, or of a helper.
    :param group: id of the group that holds it.
    :param join: what it waits for where several flows enter: ``all`` (of them, else the path is dead), ``any`` (every
        path still alive), ``outcome`` (all, however they ended), ``gate`` (BPMN's parallel gateway: all, and some
        missing is a deadlock) or ``merge`` (BPMN's exclusive merge: runs for each token).
    :param items_of: the ``parallel`` whose list of items this step makes.
    :param mapped_over: id of the step whose list gives it one task instance for each item.
    """

    id: str
    node: FlowNode
    fields: NodeFields
    name: str
    group: str | None = None
    join: str = "any"
    items_of: ParallelNode | None = None
    mapped_over: str | None = None
    max_concurrency: int | None = None
    item_variable: str | None = None

    @property
    def splits(self) -> str:
        """How it chooses among the flows that leave it, see ``NodeFields.splits``."""
        return self.fields.splits

    @property
    def is_end(self) -> bool:
        """Whether a second token that arrives here changes nothing."""
        return isinstance(self.fields, EndNode)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFlow:
    """A flow between two steps.

    :param flow: the sequence flow it stands for; ``None`` for a helper's.
    :param outcome: of a step that ends in one of several outcomes, the one that takes this flow.
    """

    source: str
    target: str
    flow: SequenceFlow | None = None
    name: str = ""
    condition: str | None = None
    choice: str | None = None
    is_default: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class FlatGraph:
    """Steps and flows of a whole process. Flows are identified by their index."""

    steps: dict[str, Step]
    flows: tuple[StepFlow, ...]
    groups: tuple[GroupSpec, ...]

    @cached_property
    def incoming(self) -> dict[str, list[int]]:
        """Indices of the flows that enter each step."""
        return self._by([flow.target for flow in self.flows])

    @cached_property
    def outgoing(self) -> dict[str, list[int]]:
        """Indices of the flows that leave each step."""
        return self._by([flow.source for flow in self.flows])

    def _by(self, ends: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {step: [] for step in self.steps}
        for index, end in enumerate(ends):
            found[end].append(index)
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The steps, each after all that lead to it; steps on a cycle are missing."""
        missing = {step: len(flows) for step, flows in self.incoming.items()}
        ready = [step for step, count in missing.items() if not count]
        order: list[str] = []
        while ready:
            step = ready.pop(0)
            order.append(step)
            for index in self.outgoing[step]:
                target = self.flows[index].target
                missing[target] -= 1
                if not missing[target]:
                    ready.append(target)
        return tuple(order)

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """Every step that a path leads from, for each step; the graph has no cycle."""
        found: dict[str, frozenset[str]] = {}
        for step in self.order:
            sources = [self.flows[index].source for index in self.incoming[step]]
            found[step] = frozenset(sources).union(*(found[source] for source in sources))
        return found

    @cached_property
    def set_before(self) -> dict[str, frozenset[str]]:
        """The variables that steps on paths to each step set."""
        after: dict[str, frozenset[str]] = {}
        found: dict[str, frozenset[str]] = {}
        for step in self.order:
            found[step] = frozenset[str]().union(*(after[self.flows[index].source] for index in self.incoming[step]))
            after[step] = found[step] | self.steps[step].fields.variables_set()
        return found

    @cached_property
    def setters(self) -> dict[str, list[str]]:
        """The steps that set each variable, last ones first."""
        found: dict[str, list[str]] = defaultdict(list)
        for step_id in reversed(self.order):
            for name in self.steps[step_id].fields.variables_set():
                found[name].append(step_id)
        return dict(found)

    @cached_property
    def bringers(self) -> list[str]:
        """The steps that may set any variable, since what they wait for may bring it; last ones first."""
        return [step_id for step_id in reversed(self.order) if self.steps[step_id].fields.brings_variables]

    def setters_of(self, name: str) -> list[str]:
        """Return the steps that set a variable or may bring it, last ones first."""
        if not self.bringers:
            return self.setters.get(name, [])
        wanted = {*self.setters.get(name, ()), *self.bringers}
        return [step_id for step_id in reversed(self.order) if step_id in wanted]
