"""Boundary events: what stands beside an activity and behind it so that events on its border work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dag_factory.lowering.graph_builder import Border
from dag_factory.lowering.interruption import Interruption, with_room_for_timers
from dag_factory.model.process import FlowNode
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.event_race import EventRaceNode, awaited
from dag_factory.nodes.outcome_router import NORMAL, ErrorHandler, OutcomeRouterNode, Thrown

if TYPE_CHECKING:
    from dag_factory.lowering.flatten import Flattener


def add_guarded(
    graph: Flattener, node: FlowNode, boundaries: Sequence[FlowNode], group: str | None
) -> dict[str, Border]:
    """Add a node with the events on its border; return the borders of the node and of each event.

    A wait for the interrupting events runs beside the activity and stops it. Once both are done, a router behind them
    looks at what happened and takes the way that fits. A wait for each other event leads to the event's own path.
    """
    if not boundaries:
        return {node.id: graph.compensations.record(node, graph.node(node, group))}
    plan = Interruption(node, boundaries)
    begin = graph.helper(node, "begin", f"{node.name}: begin", node.join or graph.plain_join, group)
    first = len(graph.steps)
    activity = graph.compensations.record(node, graph.node(with_room_for_timers(node, plan.stoppers), group))
    inside = graph.ids_since(first)
    graph.change(activity.entry, join="any")
    graph.link(begin.id, activity.entry)
    found = {event.id: _beside(graph, event, activity.exit, begin.id, group) for event in plan.side_events}
    thrown = [*_escalations(graph, plan, inside, found, group), *_cancellations(graph, plan, inside)]
    routed = [event.id for event in plan.routed if event.id not in found]
    if not routed:
        return {node.id: Border(begin.id, activity.exit, activity.outcome), **found}
    race = _interrupting_race(graph, node, plan.stoppers, activity.exit, inside, begin.id, group)
    undone_by = graph.compensations.undone_by(inside)
    router = _router(graph, node, inside, activity.exit, race, thrown, undone_by, plan.errors, group)
    ended = graph.helper(node, "ended", f"{node.name}: ended", "outcome", group)
    graph.link_exit(activity, ended.id)
    for step in filter(None, (race, *undone_by)):
        graph.link(step, ended.id)
    graph.link(begin.id, router)
    graph.link(ended.id, router)
    found |= {outcome: Border(router, router, outcome) for outcome in routed}
    return {node.id: Border(begin.id, router, NORMAL), **found}


def _beside(graph: Flattener, event: FlowNode, watched: str, begin: str, group: str | None) -> Border:
    """Add the wait for a non-interrupting event; what follows it runs beside the activity."""
    assert isinstance(event.fields, EventNode)
    fields = EventRaceNode.model_construct(
        id=event.id,
        name=event.fields.name,
        events=awaited(event.id, event.fields),
        watch=[watched],
    )
    graph.add(event, fields, group)
    graph.link(begin, event.id)
    return Border(event.id, event.id, event.id)


def _escalations(
    graph: Flattener, plan: Interruption, inside: Sequence[str], found: dict[str, Border], group: str | None
) -> list[Thrown]:
    """Connect the escalations thrown inside with the events that catch them; return those that end the activity."""
    thrown = []
    for event in plan.escalations:
        assert isinstance(event.fields, EventNode)
        throwers = graph.escalations.caught(inside, event.fields.reference)
        if event.fields.is_interrupting:
            thrown += [Thrown(outcome=event.id, task=task) for task in graph.escalations.end_scope(throwers, inside)]
        elif throwers:
            caught = graph.helper(event, "caught", event.name, "any", group)
            for task in throwers:
                graph.link(task, caught.id)
            found[event.id] = Border(caught.id, caught.id)
    return thrown


def _cancellations(graph: Flattener, plan: Interruption, inside: Sequence[str]) -> list[Thrown]:
    return [
        Thrown(outcome=event.id, task=task)
        for event in plan.cancellations[:1]
        for task in graph.compensations.cancellations(inside)
    ]


def _interrupting_race(
    graph: Flattener,
    node: FlowNode,
    events: Sequence[FlowNode],
    watched: str,
    inside: Sequence[str],
    begin: str,
    group: str | None,
) -> str:
    """Add the wait for the first event that interrupts the activity; return its id, empty where there is none."""
    if not events:
        return ""
    fields = EventRaceNode.model_construct(
        id=f"{node.id}.interrupted",
        name=f"{node.name}: interrupted",
        events=[
            item for event in events if isinstance(event.fields, EventNode) for item in awaited(event.id, event.fields)
        ],
        watch=[watched],
        stops=list(inside),
        is_branching=False,
    )
    graph.add(node, fields, group)
    graph.link(begin, fields.id)
    return fields.id


def _router(
    graph: Flattener,
    node: FlowNode,
    inside: Sequence[str],
    normal_exit: str,
    race: str,
    thrown: Sequence[Thrown],
    undone_by: Sequence[str],
    errors: Sequence[FlowNode],
    group: str | None,
) -> str:
    """Add the step that takes the way that fits how the activity ended; return its id."""
    fields = OutcomeRouterNode.model_construct(
        id=f"{node.id}.outcome",
        name=f"{node.name}: outcome",
        stops=list(inside),
        race=race,
        thrown=list(thrown),
        undone_by=list(undone_by),
        handlers=error_handlers(errors),
        exits=[normal_exit],
        routers=graph.routers_among(inside),
    )
    graph.add(node, fields, group, join="all")
    return fields.id


def error_handlers(events: Sequence[FlowNode]) -> list[ErrorHandler]:
    """Return what catches errors, those of a certain code before those of any."""
    handlers = [
        ErrorHandler(outcome=event.id, code=event.fields.reference)
        for event in events
        if isinstance(event.fields, EventNode)
    ]
    return sorted(handlers, key=lambda handler: not handler.code)
