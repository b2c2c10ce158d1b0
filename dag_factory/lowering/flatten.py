"""Flatten: a process with its groups opened and its events turned into steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from dag_factory.dag_spec import GroupSpec
from dag_factory.lowering.boundary_events import add_guarded
from dag_factory.lowering.compensation import Compensations
from dag_factory.lowering.escalation import Escalations
from dag_factory.lowering.event_steps import plain_fields, race_of_gateway
from dag_factory.lowering.event_sub_process import add_event_sub_process, stop_each_other
from dag_factory.lowering.graph_builder import Border, GraphBuilder
from dag_factory.model.flat_graph import FlatGraph, Step, StepFlow
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.model.starts import compensation_handlers, event_sub_processes, is_boundary, is_compensation
from dag_factory.nodes.complex_gateway import ComplexGatewayNode
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.event_race import AwaitedEvent, EventRaceNode
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.terminate import TerminateNode


def flatten(process: Process) -> FlatGraph:
    """Return ``process`` with its groups opened. Its flows name existing nodes of their own scope."""
    flattener = Flattener(process.join_is_explicit)
    flattener.whole(process)
    return FlatGraph({step.id: step for step in flattener.steps}, tuple(flattener.flows), tuple(flattener.groups))


class Flattener(GraphBuilder):
    """Opens scopes; what is particular to a construct lies in a file of its own beside this one."""

    def __init__(self, join_is_explicit: bool) -> None:
        super().__init__()
        self.plain_join = "merge" if join_is_explicit else "any"
        self.escalations = Escalations(self)
        self.compensations = Compensations(self)

    def whole(self, process: Process) -> None:
        """Add the whole process, in a frame where something beside it may end it."""
        if event_sub_processes(process.scope) or process.is_stopped_with_owner:
            frame = FlowNode(id="process", fields=TaskNode(id="process", name=process.name), line=process.line)
            self.framed(frame, process.scope, None, "any", has_owner=process.is_stopped_with_owner)
        else:
            self.scope(process.scope, None)
        self.compensations.finish()

    def scope(self, scope: Scope, group: str | None) -> tuple[list[str], list[Border]]:
        """Add a scope's steps and flows; return the steps that it begins with, and where its paths end."""
        first_step = len(self.steps)
        boundaries: dict[str, list[FlowNode]] = defaultdict(list)
        for node in scope.nodes:
            if is_boundary(node) and not is_compensation(node):
                boundaries[_event(node).attached_to].append(node)
        behind_gateways = _behind_event_gateways(scope)
        apart = compensation_handlers(scope) | {node.id for node in scope.nodes if is_boundary(node)}
        apart |= {node.id for node in event_sub_processes(scope)}
        leaving: dict[str, list[SequenceFlow]] = defaultdict(list)
        for flow in scope.flows:
            leaving[flow.source].append(flow)
        borders: dict[str, Border] = {}
        self.compensations.enter(scope, group)
        for node in scope.nodes:
            if node.id in apart:
                continue
            if node.id in behind_gateways:
                node = replace(node, fields=TaskNode.model_construct(id=node.id, name=node.fields.name))
            if isinstance(node.fields, EventGatewayNode):
                targets = [behind_gateways[flow.target] for flow in leaving[node.id] if flow.target in behind_gateways]
                node = replace(node, fields=race_of_gateway(node.fields, targets))
            borders |= add_guarded(self, node, boundaries[node.id], group)
        nodes = {node.id: node for node in scope.nodes}
        for node_id, border in borders.items():
            self.leave(nodes[node_id], border, leaving[node_id], borders, group)
        self.compensations.leave()
        self.bind_terminations(first_step)
        entered = {flow.target for flow in scope.flows} | {one.id for found in boundaries.values() for one in found}
        return (
            [border.entry for name, border in borders.items() if name not in entered],
            [border for name, border in borders.items() if not leaving[name]],
        )

    def node(self, node: FlowNode, group: str | None) -> Border:
        """Add a node's own steps; return where flows enter and leave them."""
        if node.scope is None:
            return self.plain(node, group)
        self.groups.append(GroupSpec(group_id=node.id, label=node.name, tooltip=node.fields.description, parent=group))
        if isinstance(node.fields, ParallelNode) and node.fields.for_each is not None:
            return self.for_each(node, node.fields)
        leave_join = "all" if isinstance(node.fields, ParallelNode) else "any"
        return self.framed(node, node.scope, node.id, leave_join)

    def plain(self, node: FlowNode, group: str | None) -> Border:
        """Add the only step of a node that holds no others."""
        join = node.join or self.plain_join
        if isinstance(node.fields, ParallelGatewayNode):
            join = "gate"
        elif isinstance(node.fields, ComplexGatewayNode):
            join = "any"
        step = Step(id=node.id, node=node, fields=plain_fields(node.fields), name=node.name, group=group, join=join)
        self.steps.append(step)
        if isinstance(node.fields, EventNode) and node.fields.position in (EventPosition.THROW, EventPosition.END):
            if node.fields.definition == "escalation":
                self.escalations.throw(step.id, node.fields.reference)
            if node.fields.definition in ("compensation", "cancel"):
                return self.compensations.throw(node, node.fields, group)
        return Border(node.id, node.id)

    def framed(
        self, node: FlowNode, scope: Scope, group: str | None, leave_join: str, *, has_owner: bool = False
    ) -> Border:
        """Add a scope between a step that enters it and one that leaves it, with its event sub-processes.

        :param has_owner: whether the scope ends when the task that started this run no longer waits for it.
        """
        enter = self.helper(node, "enter", f"{node.name}: start", node.join or self.plain_join, group)
        leave = self.helper(node, "leave", f"{node.name}: done", leave_join, group)
        first = len(self.steps)
        starts, ends = self.scope(scope, group)
        for start in starts:
            self.link(enter.id, start)
        inside = self.ids_since(first)
        handlers = []
        self.compensations.enter(scope, group)
        for handler in event_sub_processes(scope):
            ends, added = add_event_sub_process(self, handler, inside, Border(enter.id, leave.id), ends, group)
            handlers.append(added)
        self.compensations.leave()
        stop_each_other(self, handlers)
        for end in ends:
            self.link_exit(end, leave.id)
        if has_owner:
            self.watch_owner(node, self.ids_since(first), Border(enter.id, leave.id), group)
        return Border(enter.id, leave.id)

    def watch_owner(self, node: FlowNode, inside: Sequence[str], frame: Border, group: str | None) -> None:
        """Add a wait beside a scope that stops it once the task that started the run no longer waits for it."""
        fields = EventRaceNode.model_construct(
            id=f"{node.id}.owner",
            name=f"{node.name}: still wanted",
            events=[AwaitedEvent(outcome="", kind="owner")],
            watch=[frame.exit],
            stops=[*inside, frame.exit],
            is_branching=False,
        )
        self.add(node, fields, group)
        self.link(frame.entry, fields.id)

    def for_each(self, node: FlowNode, fields: ParallelNode) -> Border:
        """Add a node that runs once for each item of a list."""
        assert node.scope is not None
        child = node.scope.nodes[0]
        items = self.helper(node, "items", f"{node.name}: items", node.join or self.plain_join, node.id)
        self.change(items.id, items_of=fields)
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
        self.steps.append(mapped)
        leave = self.helper(node, "leave", f"{node.name}: done", "any", node.id)
        for source, target in ((items, mapped), (mapped, leave), (items, leave)):
            self.link(source.id, target.id)
        return Border(items.id, leave.id)

    def leave(
        self,
        node: FlowNode,
        border: Border,
        flows: Sequence[SequenceFlow],
        borders: dict[str, Border],
        group: str | None,
    ) -> None:
        """Add the flows that leave a node; conditions on an activity's flows get a decision of their own."""
        is_event_gateway = isinstance(node.fields, EventGatewayNode)
        is_conditional = any(flow.condition is not None or flow.is_default for flow in flows)
        chooser = border
        if is_conditional and not isinstance(node.fields, DecisionNode):
            fields = DecisionNode.model_construct(id=f"{node.id}.choose", mode="inclusive")
            step = Step(id=fields.id, node=node, fields=fields, name=f"{node.name}: which way", group=group)
            self.steps.append(step)
            self.link_exit(border, step.id)
            chooser = Border(step.id, step.id)
        for flow in flows:
            origin = border if flow.condition is None and not flow.is_default else chooser
            self.flows.append(
                StepFlow(
                    source=origin.exit,
                    target=borders[flow.target].entry,
                    flow=flow,
                    name=flow.name or (node.name if is_boundary(node) else ""),
                    condition=flow.condition,
                    choice=flow.choice,
                    is_default=flow.is_default,
                    outcome=flow.target if is_event_gateway else origin.outcome,
                )
            )

    def bind_terminations(self, first: int) -> None:
        """Tell the terminations of a scope, whose steps begin at ``first``, what they end."""
        inside = self.ids_since(first)
        for place in range(first, len(self.steps)):
            step = self.steps[place]
            if isinstance(step.fields, TerminateNode) and step.fields.stops is None:
                own = f"{step.id}."
                stops = [other for other in inside if other != step.id and not other.startswith(own)]
                self.steps[place] = replace(step, fields=step.fields.model_copy(update={"stops": stops}))


def _event(node: FlowNode) -> EventNode:
    assert isinstance(node.fields, EventNode)
    return node.fields


def _behind_event_gateways(scope: Scope) -> dict[str, FlowNode]:
    """Return the events that event-based gateways wait for, by their ids."""
    nodes = {node.id: node for node in scope.nodes}
    return {
        flow.target: nodes[flow.target]
        for flow in scope.flows
        if isinstance(nodes[flow.source].fields, EventGatewayNode) and isinstance(nodes[flow.target].fields, EventNode)
    }
