"""The process of one iteration of a loop."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property

from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.assign import AssignNode
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.end import EndNode
from dag_factory.nodes.loop import OUTCOME, LoopNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode
from dag_factory.nodes.start import StartNode

DONE = "_done"
"""End of the id of the step in which every outcome of an iteration meets."""


def last_step(process: Process) -> str:
    """Return the id of the step in which every outcome of an iteration meets; empty where ``process`` is no loop's."""
    return f"{process.id.rpartition('.')[2]}{DONE}" if process.is_part_of else ""


class LoopBody:
    """What a cycle's nodes become: the process of an iteration, and the loop that runs it.

    :param members: ids of the nodes of the cycle, all in ``scope``.
    """

    def __init__(self, process: Process, scope: Scope, members: frozenset[str]) -> None:
        self.owner = process
        self.nodes = [node for node in scope.nodes if node.id in members]
        self.inner = [flow for flow in scope.flows if flow.source in members and flow.target in members]
        entered = {flow.target for flow in scope.flows if flow.target in members and flow.source not in members}
        self.entries = [node.id for node in self.nodes if node.id in entered] or [self.nodes[0].id]
        self.first = next(node for node in self.nodes if node.id == self.entries[0])
        self.id = f"loop_{self.first.id}"
        self.name = f"Loop at {self.first.name}"
        self.line, self.pointer = self.first.line, self.first.pointer
        self.join = "" if isinstance(self.first.fields, ParallelGatewayNode) else self.first.join
        self.outcome_variable = _variable(f"outcome_{self.id}")
        self.entry_variable = _variable(f"entry_{self.id}") if len(self.entries) > 1 else ""
        self.entering_steps: list[str] = []
        self.outgoing = [flow for flow in scope.flows if flow.source in members]
        leaving = [flow for flow in self.outgoing if flow.target not in members]
        self.exits = {f"exit_{number}": flow for number, flow in enumerate(leaving, start=1)}
        self.back = [flow for flow in self.inner if flow.target in self.entries]

    @property
    def dag_id(self) -> str:
        """Dag id of an iteration."""
        return f"{self.owner.id}.{self.id}"

    @cached_property
    def sets(self) -> frozenset[str]:
        """Names of the variables that the nodes of the body set."""
        inside = Scope(nodes=tuple(self.nodes)).walk()
        return frozenset(name for node in inside for name in node.fields.variables_set())

    def loop(self) -> LoopNode:
        """Return the node that stands for the whole loop. Its inputs are filled in once the body is known."""
        return LoopNode.model_construct(
            id=self.id,
            name=self.name,
            body=self.dag_id,
            sets=sorted(self.sets),
            again={f"again_{entry}": entry if self.entry_variable else "" for entry in self.entries},
            entry_variable=self.entry_variable,
            outcome_variable=self.outcome_variable,
        )

    def process(self) -> Process:
        """Return the process of one iteration; its result is its outcome and every variable it sets."""
        nodes, flows = list(self.nodes), [flow for flow in self.inner if flow not in self.back]
        nodes.append(FlowNode(id=f"{self.id}_start", fields=StartNode(id=f"{self.id}_start", name="Iteration")))
        self._enter(nodes, flows)
        for flow in self.back:
            self._end(nodes, flows, flow, f"again_{flow.target}", f"again: {flow.name}".strip(": "))
        for outcome, flow in self.exits.items():
            self._end(nodes, flows, flow, outcome, flow.name or "leave")
        done = f"{self.id}{DONE}"
        nodes.append(FlowNode(id=done, fields=EndNode(id=done, name=self.first.name), join="any"))
        places = {flow.id: place for place, flow in enumerate(self.outgoing)}
        flows.sort(key=lambda flow: places.get(flow.id, -1))  # in file order: a decision tries its conditions in it
        ends = {flow.target for flow in flows} - {node.id for node in self.nodes}
        flows += [SequenceFlow(id=f"{end}.done", source=end, target=done) for end in sorted(ends) if "_end_" in end]
        result = {name: f"coalesce({name}, null)" for name in sorted(self.sets)}
        return Process(
            id=self.dag_id,
            element=self.first.element or self.first.id,
            name=f"{self.owner.name or self.owner.id}: {self.name}",
            documentation=f"One iteration of a loop of `{self.owner.id}`; started by it.",
            version=self.owner.version,
            tags=(*self.owner.tags, "loop-body"),
            scope=Scope(nodes=tuple(nodes), flows=tuple(flows)),
            result={**result, OUTCOME: OUTCOME},
            join_is_explicit=self.owner.join_is_explicit,
            has_open_variables=True,
            is_part_of=self.owner.is_part_of or self.owner.id,
            outer_variables=self.owner.variable_names(),
            line=self.line,
            pointer=self.pointer,
        )

    def _enter(self, nodes: list[FlowNode], flows: list[SequenceFlow]) -> None:
        start = f"{self.id}_start"
        if not self.entry_variable:
            flows.append(SequenceFlow(id=f"{start}.in", source=start, target=self.entries[0]))
            return
        chooser = f"{self.id}_enter"
        nodes.append(FlowNode(id=chooser, fields=DecisionNode(id=chooser, name="Where the iteration begins")))
        flows.append(SequenceFlow(id=f"{start}.in", source=start, target=chooser))
        for entry in self.entries:
            condition = f'{self.entry_variable} == "{entry}"'
            flows.append(SequenceFlow(id=f"{chooser}.{entry}", source=chooser, target=entry, condition=condition))

    def _end(
        self, nodes: list[FlowNode], flows: list[SequenceFlow], flow: SequenceFlow, outcome: str, name: str
    ) -> None:
        """Let ``flow`` lead to a step that records ``outcome``, in place of its target."""
        step = f"{self.id}_end_{len(nodes)}"
        fields = AssignNode(id=step, name=name, values={OUTCOME: f'"{outcome}"'})
        nodes.append(FlowNode(id=step, fields=fields, join="any", line=flow.line, pointer=flow.pointer))
        flows.append(replace(flow, target=step, original_target=flow.original_target or flow.target))


def _variable(text: str) -> str:
    """Return ``text`` as the name of a variable, which has neither hyphens nor dots."""
    return re.sub(r"\W", "_", text, flags=re.ASCII)
