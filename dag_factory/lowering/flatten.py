"""Flatten: a process with its groups opened and its events turned into steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dag_factory.dag_spec import GroupSpec
from dag_factory.model.flat_graph import FlatGraph, Step, StepFlow
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode
from dag_factory.nodes.task import TaskNode


def flatten(process: Process) -> FlatGraph:
    """Return ``process`` with its groups opened. Its flows name existing nodes of their own scope."""
    flattener = _Flattener(process.join_is_explicit)
    flattener.scope(process.scope, None)
    return FlatGraph({step.id: step for step in flattener.steps}, tuple(flattener.flows), tuple(flattener.groups))


class _Flattener:
    def __init__(self, join_is_explicit: bool) -> None:
        self.plain_join = "merge" if join_is_explicit else "any"
        self.steps: list[Step] = []
        self.flows: list[StepFlow] = []
        self.groups: list[GroupSpec] = []

    def scope(self, scope: Scope, group: str | None) -> tuple[list[str], list[str]]:
        """Add a scope's steps and flows; return the ids of the steps that it begins and ends with."""
        borders = {node.id: self.node(node, group) for node in scope.nodes}
        leaving: dict[str, list[SequenceFlow]] = defaultdict(list)
        for flow in scope.flows:
            leaving[flow.source].append(flow)
        for node in scope.nodes:
            self.leave(node, borders[node.id][1], leaving[node.id], borders, group)
        entered = {flow.target for flow in scope.flows}
        return (
            [borders[node.id][0] for node in scope.nodes if node.id not in entered],
            [borders[node.id][1] for node in scope.nodes if node.id not in leaving or not leaving[node.id]],
        )

    def node(self, node: FlowNode, group: str | None) -> tuple[str, str]:
        """Add a node's steps; return the ids of the step that flows enter and the one that they leave."""
        if node.scope is None:
            self.steps.append(self.plain_step(node, group))
            return node.id, node.id
        self.groups.append(GroupSpec(group_id=node.id, label=node.name, tooltip=node.fields.description, parent=group))
        if isinstance(node.fields, ParallelNode) and node.fields.for_each is not None:
            return self.for_each(node, node.fields)
        return self.group(node)

    def plain_step(self, node: FlowNode, group: str | None) -> Step:
        join = node.join or self.plain_join
        if isinstance(node.fields, ParallelGatewayNode):
            join = "gate"
        return Step(id=node.id, node=node, fields=node.fields, name=node.name, group=group, join=join)

    def group(self, node: FlowNode) -> tuple[str, str]:
        assert node.scope is not None
        is_parallel = isinstance(node.fields, ParallelNode)
        enter = self.helper(node, "enter", f"{node.name}: start", node.join or self.plain_join)
        leave = self.helper(node, "leave", f"{node.name}: done", "all" if is_parallel else "any")
        starts, ends = self.scope(node.scope, node.id)
        self.steps += [enter, leave]
        self.flows += [StepFlow(source=enter.id, target=start) for start in starts]
        self.flows += [StepFlow(source=end, target=leave.id) for end in ends]
        return enter.id, leave.id

    def for_each(self, node: FlowNode, fields: ParallelNode) -> tuple[str, str]:
        assert node.scope is not None
        child = node.scope.nodes[0]
        items = self.helper(node, "items", f"{node.name}: items", node.join or self.plain_join, items_of=fields)
        leave = self.helper(node, "leave", f"{node.name}: done", "any")
        mapped = Step(
            id=child.id,
            node=child,
            fields=child.fields,
            name=child.name,
            group=node.id,
            mapped_over=items.id,
            max_concurrency=fields.max_concurrency,
            item_variable=fields.item,
        )
        self.steps += [items, mapped, leave]
        for source, target in ((items, mapped), (mapped, leave), (items, leave)):
            self.flows.append(StepFlow(source=source.id, target=target.id))
        return items.id, leave.id

    def helper(self, node: FlowNode, what: str, name: str, join: str, items_of: ParallelNode | None = None) -> Step:
        step_id = f"{node.id}.{what}"
        fields = TaskNode.model_construct(id=step_id, name=name)
        return Step(id=step_id, node=node, fields=fields, name=name, group=node.id, join=join, items_of=items_of)

    def leave(
        self,
        node: FlowNode,
        exit_id: str,
        flows: Sequence[SequenceFlow],
        borders: dict[str, tuple[str, str]],
        group: str | None,
    ) -> None:
        """Add the flows that leave ``node``; conditions on an activity's flows get a decision of their own."""
        is_conditional = any(flow.condition is not None or flow.is_default for flow in flows)
        chooser = exit_id
        if is_conditional and not isinstance(node.fields, DecisionNode):
            fields = DecisionNode.model_construct(id=f"{node.id}.choose", mode="inclusive")
            step = Step(id=fields.id, node=node, fields=fields, name=f"{node.name}: which way", group=group)
            self.steps.append(step)
            self.flows.append(StepFlow(source=exit_id, target=step.id))
            chooser = step.id
        for flow in flows:
            is_free = flow.condition is None and not flow.is_default
            self.flows.append(
                StepFlow(
                    source=exit_id if is_free else chooser,
                    target=borders[flow.target][0],
                    flow=flow,
                    name=flow.name,
                    condition=flow.condition,
                    choice=flow.choice,
                    is_default=flow.is_default,
                )
            )
