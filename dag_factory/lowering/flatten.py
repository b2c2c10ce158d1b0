"""Flatten: a process with its groups opened and its events turned into steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dag_factory.dag_spec import GroupSpec
from dag_factory.lowering.event_steps import plain_fields, race_of_gateway
from dag_factory.lowering.interruption import Interruption, with_time_limit
from dag_factory.model.flat_graph import FlatGraph, Step, StepFlow
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.event_race import EventRaceNode, awaited
from dag_factory.nodes.outcome_router import NORMAL, ErrorHandler, OutcomeRouterNode
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.terminate import TerminateNode


def flatten(process: Process) -> FlatGraph:
    """Return ``process`` with its groups opened. Its flows name existing nodes of their own scope."""
    flattener = _Flattener(process.join_is_explicit)
    flattener.whole(process)
    return FlatGraph({step.id: step for step in flattener.steps}, tuple(flattener.flows), tuple(flattener.groups))


@dataclass(frozen=True, slots=True)
class Border:
    """Where flows enter a node's steps, and where they leave them.

    :param outcome: of the step that they leave, where that ends in one of several.
    """

    entry: str
    exit: str
    outcome: str = ""


class _Flattener:
    def __init__(self, join_is_explicit: bool) -> None:
        self.plain_join = "merge" if join_is_explicit else "any"
        self.steps: list[Step] = []
        self.flows: list[StepFlow] = []
        self.groups: list[GroupSpec] = []

    def whole(self, process: Process) -> None:
        """Add the whole process. Event sub-processes of the process itself need a frame as those of a group do."""
        if any(_is_event_sub_process(node) for node in process.scope.nodes):
            frame = FlowNode(id="process", fields=TaskNode(id="process", name=process.name), line=process.line)
            self.framed(frame, process.scope, None, "any")
        else:
            self.scope(process.scope, None)

    def scope(self, scope: Scope, group: str | None) -> tuple[list[str], list[Border]]:
        """Add a scope's steps and flows; return the steps that it begins with, and where its paths end."""
        first_step = len(self.steps)
        boundaries: dict[str, list[FlowNode]] = defaultdict(list)
        for node in scope.nodes:
            if isinstance(node.fields, EventNode) and node.fields.position is EventPosition.BOUNDARY:
                boundaries[node.fields.attached_to].append(node)
        behind_gateways = _behind_event_gateways(scope)
        leaving: dict[str, list[SequenceFlow]] = defaultdict(list)
        for flow in scope.flows:
            leaving[flow.source].append(flow)
        borders: dict[str, Border] = {}
        for node in scope.nodes:
            if _is_event_sub_process(node) or _is_boundary(node):
                continue
            if node.id in behind_gateways:
                node = replace(node, fields=TaskNode.model_construct(id=node.id, name=node.fields.name))
            if isinstance(node.fields, EventGatewayNode):
                targets = [behind_gateways[flow.target] for flow in leaving[node.id]]
                node = replace(node, fields=race_of_gateway(node.fields, targets))
            borders |= self.guarded(node, boundaries[node.id], group)
        for node_id, border in borders.items():
            self.leave(node_id, border, leaving[node_id], borders, scope, group)
        self.bind_terminations(first_step)
        entered = {flow.target for flow in scope.flows}
        attached = {node.id for nodes in boundaries.values() for node in nodes}
        return (
            [border.entry for name, border in borders.items() if name not in entered | attached],
            [border for name, border in borders.items() if not leaving[name]],
        )

    def guarded(self, node: FlowNode, boundaries: Sequence[FlowNode], group: str | None) -> dict[str, Border]:
        """Add a node with the events on its border; return the borders of the node and of each event."""
        if not boundaries:
            return {node.id: self.node(node, group)}
        plan = Interruption(node, boundaries)
        first = len(self.steps)
        border = self.node(with_time_limit(node, plan.stoppers), group)
        activity = [step.id for step in self.steps[first:]]
        enter = self.helper(node, "begin", f"{node.name}: begin", node.join or self.plain_join, group)
        self.steps[first:] = [
            replace(step, join="any") if step.id == border.entry else step for step in self.steps[first:]
        ]
        self.steps.append(enter)
        self.flows.append(StepFlow(source=enter.id, target=border.entry))
        found = {}
        for event in plan.side_events:
            found[event.id] = self.beside(node, event, activity, enter.id, group)
        race = ""
        if plan.stoppers:
            race = self.interrupting_race(node, plan.stoppers, activity, enter.id, group)
        if not (plan.stoppers or plan.errors):
            return {node.id: Border(enter.id, border.exit, border.outcome), **found}
        router = self.router(node, activity, race, plan.errors, group)
        self.flows.append(StepFlow(source=border.exit, target=router, outcome=border.outcome))
        if race:
            self.flows.append(StepFlow(source=race, target=router))
        for event in (*plan.stoppers, *plan.errors):
            found[event.id] = Border(router, router, event.id)
        return {node.id: Border(enter.id, router, NORMAL), **found}

    def beside(self, node: FlowNode, event: FlowNode, activity: Sequence[str], enter: str, group: str | None) -> Border:
        """Add the wait for a non-interrupting event; what follows it runs beside the activity."""
        assert isinstance(event.fields, EventNode)
        fields = EventRaceNode.model_construct(
            id=event.id, name=event.fields.name, events=[awaited(event.id, event.fields)], watch=list(activity)
        )
        self.steps.append(Step(id=event.id, node=event, fields=fields, name=event.name, group=group))
        self.flows.append(StepFlow(source=enter, target=event.id))
        return Border(event.id, event.id, event.id)

    def interrupting_race(
        self, node: FlowNode, events: Sequence[FlowNode], activity: Sequence[str], enter: str, group: str | None
    ) -> str:
        """Add the wait for the first event that interrupts the activity; return its id."""
        step_id = f"{node.id}.interrupted"
        fields = EventRaceNode.model_construct(
            id=step_id,
            name=f"{node.name}: interrupted",
            events=[awaited(event.id, event.fields) for event in events if isinstance(event.fields, EventNode)],
            watch=list(activity),
            stops=list(activity),
            is_branching=False,
        )
        self.steps.append(Step(id=step_id, node=node, fields=fields, name=fields.name, group=group))
        self.flows.append(StepFlow(source=enter, target=step_id))
        return step_id

    def router(
        self, node: FlowNode, activity: Sequence[str], race: str, errors: Sequence[FlowNode], group: str | None
    ) -> str:
        """Add the step that takes the way that fits how the activity ended; return its id."""
        step_id = f"{node.id}.outcome"
        handlers = [
            ErrorHandler(outcome=event.id, code=event.fields.reference)
            for event in sorted(errors, key=lambda event: not getattr(event.fields, "reference", ""))
            if isinstance(event.fields, EventNode)
        ]
        name = f"{node.name}: outcome"
        fields = OutcomeRouterNode.model_construct(
            id=step_id, name=name, activity=list(activity), race=race, handlers=handlers
        )
        self.steps.append(Step(id=step_id, node=node, fields=fields, name=name, group=group, join="outcome"))
        return step_id

    def node(self, node: FlowNode, group: str | None) -> Border:
        """Add a node's own steps; return where flows enter and leave them."""
        if node.scope is None:
            step = self.plain_step(node, group)
            self.steps.append(step)
            return Border(node.id, node.id)
        self.groups.append(GroupSpec(group_id=node.id, label=node.name, tooltip=node.fields.description, parent=group))
        if isinstance(node.fields, ParallelNode) and node.fields.for_each is not None:
            return self.for_each(node, node.fields)
        leave_join = "all" if isinstance(node.fields, ParallelNode) else "any"
        return self.framed(node, node.scope, node.id, leave_join)

    def plain_step(self, node: FlowNode, group: str | None) -> Step:
        join = node.join or self.plain_join
        if isinstance(node.fields, ParallelGatewayNode):
            join = "gate"
        fields = plain_fields(node.fields)
        return Step(id=node.id, node=node, fields=fields, name=node.name, group=group, join=join)

    def framed(self, node: FlowNode, scope: Scope, group: str | None, leave_join: str) -> Border:
        """Add a scope between a step that enters it and one that leaves it, with its event sub-processes."""
        enter = self.helper(node, "enter", f"{node.name}: start", node.join or self.plain_join, group)
        leave = self.helper(node, "leave", f"{node.name}: done", leave_join, group)
        first = len(self.steps)
        starts, ends = self.scope(scope, group)
        self.steps += [enter, leave]
        self.flows += [StepFlow(source=enter.id, target=start) for start in starts]
        inside = [step.id for step in self.steps[first:-2]]
        for handler in scope.nodes:
            if _is_event_sub_process(handler):
                ends = self.event_sub_process(handler, inside, enter.id, ends, group)
        self.flows += [StepFlow(source=end.exit, target=leave.id, outcome=end.outcome) for end in ends]
        return Border(enter.id, leave.id)

    def event_sub_process(
        self, handler: FlowNode, inside: Sequence[str], enter: str, ends: list[Border], group: str | None
    ) -> list[Border]:
        """Add an event sub-process to the scope of ``inside``; return where that scope's paths end now."""
        assert handler.scope is not None
        start = next(node for node in handler.scope.nodes if _is_typed_start(node))
        assert isinstance(start.fields, EventNode)
        body = self.node(_as_embedded(handler, start), group)
        if start.fields.definition == "error":
            handlers = [ErrorHandler(outcome=handler.id, code=start.fields.reference)]
            step_id = f"{handler.id}.caught"
            fields: NodeFields = OutcomeRouterNode.model_construct(
                id=step_id, name=f"{handler.name}: caught", activity=list(inside), handlers=handlers
            )
            step = Step(id=step_id, node=handler, fields=fields, name=fields.name, group=group, join="outcome")
            self.flows += [StepFlow(source=end.exit, target=step_id, outcome=end.outcome) for end in ends]
            ends = [Border(step_id, step_id, NORMAL)]
        else:
            step_id = f"{handler.id}.awaited"
            fields = EventRaceNode.model_construct(
                id=step_id,
                name=f"{handler.name}: awaited",
                events=[awaited(handler.id, start.fields)],
                watch=list(inside),
                stops=list(inside) if start.fields.is_interrupting else [],
            )
            step = Step(id=step_id, node=handler, fields=fields, name=fields.name, group=group)
            self.flows.append(StepFlow(source=enter, target=step_id))
        self.steps.append(step)
        self.flows.append(StepFlow(source=step_id, target=body.entry, outcome=handler.id))
        return [*ends, body]

    def for_each(self, node: FlowNode, fields: ParallelNode) -> Border:
        assert node.scope is not None
        child = node.scope.nodes[0]
        items = self.helper(node, "items", f"{node.name}: items", node.join or self.plain_join, node.id)
        items = replace(items, items_of=fields)
        leave = self.helper(node, "leave", f"{node.name}: done", "any", node.id)
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
        return Border(items.id, leave.id)

    def helper(self, node: FlowNode, what: str, name: str, join: str, group: str | None) -> Step:
        step_id = f"{node.id}.{what}"
        fields = TaskNode.model_construct(id=step_id, name=name)
        return Step(id=step_id, node=node, fields=fields, name=name, group=group, join=join)

    def leave(
        self,
        node_id: str,
        border: Border,
        flows: Sequence[SequenceFlow],
        borders: dict[str, Border],
        scope: Scope,
        group: str | None,
    ) -> None:
        """Add the flows that leave a node; conditions on an activity's flows get a decision of their own."""
        node = next(node for node in scope.nodes if node.id == node_id)
        is_event_gateway = isinstance(node.fields, EventGatewayNode)
        is_conditional = any(flow.condition is not None or flow.is_default for flow in flows)
        chooser = border
        if is_conditional and not isinstance(node.fields, DecisionNode):
            fields = DecisionNode.model_construct(id=f"{node.id}.choose", mode="inclusive")
            step = Step(id=fields.id, node=node, fields=fields, name=f"{node.name}: which way", group=group)
            self.steps.append(step)
            self.flows.append(StepFlow(source=border.exit, target=step.id, outcome=border.outcome))
            chooser = Border(step.id, step.id)
        for flow in flows:
            origin = border if flow.condition is None and not flow.is_default else chooser
            self.flows.append(
                StepFlow(
                    source=origin.exit,
                    target=borders[flow.target].entry,
                    flow=flow,
                    name=flow.name or (node.name if _is_boundary(node) else ""),
                    condition=flow.condition,
                    choice=flow.choice,
                    is_default=flow.is_default,
                    outcome=flow.target if is_event_gateway else origin.outcome,
                )
            )

    def bind_terminations(self, first: int) -> None:
        """Tell the terminations of a scope, whose steps begin at ``first``, what they end."""
        inside = [step.id for step in self.steps[first:]]
        for place in range(first, len(self.steps)):
            step = self.steps[place]
            if isinstance(step.fields, TerminateNode) and step.fields.stops is None:
                stops = [other for other in inside if other != step.id]
                self.steps[place] = replace(step, fields=step.fields.model_copy(update={"stops": stops}))


def _is_event_sub_process(node: FlowNode) -> bool:
    return node.scope is not None and node.scope.kind == "event"


def _is_boundary(node: FlowNode) -> bool:
    return isinstance(node.fields, EventNode) and node.fields.position is EventPosition.BOUNDARY


def _is_typed_start(node: FlowNode) -> bool:
    return isinstance(node.fields, EventNode) and node.fields.position is EventPosition.START


def _as_embedded(handler: FlowNode, start: FlowNode) -> FlowNode:
    """Return an event sub-process as an embedded one that begins with a plain step."""
    assert handler.scope is not None
    plain = replace(start, fields=TaskNode.model_construct(id=start.id, name=start.fields.name))
    nodes = tuple(plain if node.id == start.id else node for node in handler.scope.nodes)
    return replace(handler, scope=replace(handler.scope, kind="embedded", nodes=nodes))


def _behind_event_gateways(scope: Scope) -> dict[str, FlowNode]:
    """Return the events that event-based gateways wait for, by their ids."""
    nodes = {node.id: node for node in scope.nodes}
    return {
        flow.target: nodes[flow.target]
        for flow in scope.flows
        if isinstance(nodes[flow.source].fields, EventGatewayNode) and isinstance(nodes[flow.target].fields, EventNode)
    }
