"""Event sub-processes: a wait or a router beside their scope, and their own steps behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dag_factory.lowering.compensation import HANDLER
from dag_factory.lowering.graph_builder import Border
from dag_factory.model.process import FlowNode
from dag_factory.model.starts import is_start
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.event_race import EventRaceNode, awaited
from dag_factory.nodes.outcome_router import NORMAL, ErrorHandler, OutcomeRouterNode, Thrown
from dag_factory.nodes.task import TaskNode

if TYPE_CHECKING:
    from dag_factory.lowering.flatten import Flattener


@dataclass(frozen=True, slots=True)
class AddedHandler:
    """The steps of an event sub-process: the wait for its event (empty where there is none), and its body."""

    race: str
    body: tuple[str, ...]


def add_event_sub_process(
    graph: Flattener, handler: FlowNode, inside: Sequence[str], frame: Border, ends: list[Border], group: str | None
) -> tuple[list[Border], AddedHandler]:
    """Add an event sub-process to the scope whose steps are ``inside``.

    :param frame: the steps that enter and leave the scope.
    :return: where the scope's paths end now, and what was added.
    """
    assert handler.scope is not None
    start = next((node for node in handler.scope.nodes if is_start(node) and isinstance(node.fields, EventNode)), None)
    if start is None or not isinstance(start.fields, EventNode) or start.fields.definition == "compensation":
        return ends, AddedHandler("", ())
    throwers: list[str] = []
    if start.fields.definition == "escalation":
        throwers = graph.escalations.caught(inside, start.fields.reference)
        if not throwers:
            return ends, AddedHandler("", ())
    first = len(graph.steps)
    body = graph.node(_as_embedded(handler, start), group)
    steps = tuple(graph.ids_since(first))
    match start.fields.definition:
        case "error":
            error = ErrorHandler(outcome=handler.id, code=start.fields.reference)
            ends = _route(graph, handler, inside, frame, ends, group, handlers=[error])
            graph.link(f"{handler.id}.caught", body.entry, handler.id)
            return [*ends, body], AddedHandler("", steps)
        case "escalation":
            if start.fields.is_interrupting:
                graph.escalations.end_scope(throwers, inside)
                thrown = [Thrown(outcome=handler.id, task=task) for task in throwers]
                ends = _route(graph, handler, inside, frame, ends, group, thrown=thrown)
                graph.link(f"{handler.id}.caught", body.entry, handler.id)
            else:
                caught = graph.helper(handler, "caught", f"{handler.name}: caught", "any", group)
                for task in throwers:
                    graph.link(task, caught.id)
                graph.link(caught.id, body.entry)
            return [*ends, body], AddedHandler("", steps)
    race = EventRaceNode.model_construct(
        id=f"{handler.id}.awaited",
        name=f"{handler.name}: awaited",
        events=awaited(handler.id, start.fields),
        watch=_ends_to_watch(graph, handler, ends, group),
        stops=list(inside) if start.fields.is_interrupting else [],
    )
    graph.add(handler, race, group)
    graph.link(frame.entry, race.id)
    graph.link(race.id, body.entry, handler.id)
    return [*ends, body], AddedHandler(race.id, steps)


def stop_each_other(graph: Flattener, handlers: Sequence[AddedHandler]) -> None:
    """Let an interrupting event sub-process end the other ones of its scope too, running or waiting."""
    races = graph.fields_of(handler.race for handler in handlers if handler.race)
    for handler in handlers:
        race = races.get(handler.race)
        if isinstance(race, EventRaceNode) and race.stops:
            others = [step for other in handlers if other is not handler for step in (other.race, *other.body) if step]
            graph.change(race.id, fields=race.model_copy(update={"stops": [*race.stops, *others]}))


def _ends_to_watch(graph: Flattener, handler: FlowNode, ends: Sequence[Border], group: str | None) -> list[str]:
    """Return the step that is done once all paths of the scope have ended, however they did."""
    done = graph.helper(handler, "scope_ended", f"{handler.name}: scope ended", "outcome", group)
    for end in ends:
        graph.link_exit(end, done.id)
    return [done.id]


def _route(
    graph: Flattener,
    handler: FlowNode,
    inside: Sequence[str],
    frame: Border,
    ends: Sequence[Border],
    group: str | None,
    *,
    handlers: Sequence[ErrorHandler] = (),
    thrown: Sequence[Thrown] = (),
) -> list[Border]:
    """Add the router that looks at how the scope ended; return where its normal way goes on."""
    ended = graph.helper(handler, "scope_ended", f"{handler.name}: scope ended", "outcome", group)
    for end in ends:
        graph.link_exit(end, ended.id)
    router = OutcomeRouterNode.model_construct(
        id=f"{handler.id}.caught",
        name=f"{handler.name}: caught",
        stops=list(inside),
        handlers=list(handlers),
        thrown=list(thrown),
        exits=[end.exit for end in ends],
        routers=graph.routers_among(inside),
    )
    graph.add(handler, router, group, join="all")
    graph.link(frame.entry, router.id)
    graph.link(ended.id, router.id)
    return [Border(router.id, router.id, NORMAL)]


def _as_embedded(handler: FlowNode, start: FlowNode) -> FlowNode:
    """Return an event sub-process as an embedded one that begins with a plain step."""
    assert handler.scope is not None
    plain = replace(start, fields=TaskNode.model_construct(id=start.id, name=start.fields.name))
    nodes = tuple(plain if node.id == start.id else node for node in handler.scope.nodes)
    return replace(handler, scope=replace(handler.scope, kind=HANDLER, nodes=nodes))
