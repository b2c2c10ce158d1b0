"""Cycles of a process become processes of their own, one run for each iteration: an Airflow Dag has no cycle."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.lowering.loop_body import LoopBody
from dag_factory.lowering.loop_members import members_of_loop
from dag_factory.model.cycle import cycles
from dag_factory.model.interrupted import ends_early, interruptible_nodes
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.assign import AssignNode
from dag_factory.nodes.decision import DecisionNode


def extract_loops(process: Process) -> tuple[Process, ...]:
    """Return ``process`` with each cycle replaced by one ``loop`` node, and the processes of the iterations.

    Edges that lead back into a node by which the cycle is entered end the iteration with the outcome ``again``; edges
    that leave the cycle end it with an outcome of their own, by which a decision after the loop chooses the way. What
    is left inside an iteration may have cycles itself: they are extracted in turn.
    """
    bodies: list[Process] = []
    scope = _extract(process, process.scope, bodies, process.is_stopped_with_owner)
    return (replace(process, scope=scope), *(inner for body in bodies for inner in extract_loops(body)))


def _extract(process: Process, scope: Scope, bodies: list[Process], is_stopped: bool) -> Scope:
    """Return ``scope`` without cycles.

    :param is_stopped: whether an event around the scope may end it.
    """
    is_stopped = is_stopped or ends_early(scope)
    interruptible = interruptible_nodes(scope)
    nodes = tuple(
        replace(node, scope=_extract(process, node.scope, bodies, is_stopped or node.id in interruptible))
        if node.scope
        else node
        for node in scope.nodes
    )
    scope = replace(scope, nodes=nodes)
    for cycle in cycles(scope):
        if not cycle <= {node.id for node in scope.nodes}:
            continue  # a part of an iteration of the one before
        members = members_of_loop(scope, cycle)
        body = LoopBody(process, scope, members)
        bodies.append(replace(body.process(), is_stopped_with_owner=is_stopped))
        scope = _replace_cycle(scope, members, body)
    return scope


def _replace_cycle(scope: Scope, members: frozenset[str], body: LoopBody) -> Scope:
    """Return ``scope`` with the cycle's nodes replaced by the loop, and by what leads into and out of it."""
    loop = FlowNode(id=body.id, fields=body.loop(), join=body.join, line=body.line, pointer=body.pointer)
    nodes = [node for node in scope.nodes if node.id not in members] + [loop]
    flows = [  # in file order: a decision tries its conditions in it
        _entering(flow, body, nodes) if flow.target in members else flow
        for flow in scope.flows
        if flow.source not in members
    ]
    flows += _leaving(body, nodes)
    return replace(scope, nodes=tuple(nodes), flows=tuple(flows))


def _entering(flow: SequenceFlow, body: LoopBody, nodes: list[FlowNode]) -> SequenceFlow:
    """Return the flow into the loop; where the body has several entries, by a step that says which."""
    if len(body.entries) == 1:
        return replace(flow, target=body.id)
    step = f"{body.id}_from_{len(nodes)}"
    values = {body.entry_variable: f'"{flow.target}"'}
    nodes.append(FlowNode(id=step, fields=AssignNode(id=step, name=f"enter {flow.target}", values=values)))
    body.entering_steps.append(step)
    return replace(flow, target=step)


def _leaving(body: LoopBody, nodes: list[FlowNode]) -> list[SequenceFlow]:
    entering = [SequenceFlow(id=f"{step}.in", source=step, target=body.id) for step in body.entering_steps]
    exits = body.exits
    if len(exits) <= 1:
        return entering + [
            replace(flow, source=body.id, condition=None, choice=None, is_default=False) for flow in exits.values()
        ]
    chooser = f"{body.id}_exit"
    fields = DecisionNode(id=chooser, name=f"{body.name}: how it ended")
    nodes.append(FlowNode(id=chooser, fields=fields, line=body.line, pointer=body.pointer))
    ways = [
        replace(
            flow,
            source=chooser,
            name=flow.name or flow.choice or flow.condition or "default",
            condition=f'{body.outcome_variable} == "{outcome}"',
            choice=None,
            is_default=False,
        )
        for outcome, flow in exits.items()
    ]
    return [*entering, SequenceFlow(id=f"{chooser}.in", source=body.id, target=chooser), *ways]
