"""Exploration: which flows that enter a step can carry a token together, whatever the data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from dag_factory.errors import DagFactoryError
from dag_factory.model.flat_graph import FlatGraph, Step
from dag_factory.nodes.event_race import EventRaceNode
from dag_factory.nodes.manual import ManualNode

MAX_STATES = 20_000
MAX_VISITS = 200_000
MAX_FREE_CHOICES = 5

Pattern = frozenset[int]


class TooManyStatesError(DagFactoryError):
    """The process has more combinations of paths than are explored."""


def explore(graph: FlatGraph) -> dict[str, set[Pattern]]:
    """Return for each step the sets of incoming flows (indices) that can be alive together when it is reached.

    The graph has no cycle. Steps are visited in topological order; a state is the set of flows that carry a token
    to a step not yet visited, so that equal futures are explored once.

    :raises TooManyStatesError: more than ``MAX_STATES`` states at one step, or ``MAX_VISITS`` in all.
    """
    patterns: dict[str, set[Pattern]] = {step: set() for step in graph.steps}
    states: set[Pattern] = {frozenset()}
    visits = 0
    for step_id in graph.order:
        step, entering = graph.steps[step_id], frozenset(graph.incoming[step_id])
        outcomes = list(islice(_outcomes(graph, step), MAX_STATES + 1))
        visits += len(states) + len(outcomes)
        following: set[Pattern] = set()
        for state in states:
            alive = state & entering
            if entering and not alive:
                following.add(state)
                continue
            patterns[step_id].add(alive)
            rest = state - entering
            if _is_dead(step, alive, entering):
                following.add(rest)
            else:
                following.update(rest | outcome for outcome in outcomes)
            if len(following) > MAX_STATES or visits > MAX_VISITS:
                raise TooManyStatesError(f"more than {MAX_STATES} combinations of paths")
        states = following
    return patterns


def _is_dead(step: Step, alive: Pattern, entering: Pattern) -> bool:
    return step.join in ("all", "gate") and alive != entering


def _outcomes(graph: FlatGraph, step: Step) -> Iterator[Pattern]:
    leaving = graph.outgoing[step.id]
    match step.splits:
        case "exclusive":
            yield from (frozenset((index,)) for index in leaving)
        case "inclusive":
            yield from _subsets(leaving)
        case "choice":
            yield from _answers(graph, step)
        case "outcome":
            yield from flows_of_outcomes(graph, step).values()
            if isinstance(step.fields, EventRaceNode) and step.fields.may_end_without:
                yield frozenset()
        case _:
            yield frozenset(leaving)


def _subsets(flows: list[int]) -> Iterator[Pattern]:
    sizes = range(1, len(flows) + 1) if len(flows) <= MAX_FREE_CHOICES else (1, 2, len(flows))
    for size in sizes:
        yield from (frozenset(chosen) for chosen in combinations(flows, size))


def _answers(graph: FlatGraph, step: Step) -> Iterator[Pattern]:
    """Yield the flows of each answer; an answer without any ends all that follows, so it has no outcome."""
    assert isinstance(step.fields, ManualNode)
    for flows in flows_of_options(graph, step).values():
        if flows or not graph.outgoing[step.id]:
            yield frozenset(flows)


def flows_of_outcomes(graph: FlatGraph, step: Step) -> dict[str, Pattern]:
    """Return for each outcome of a step the flows that it takes."""
    outcomes = dict.fromkeys(graph.flows[index].outcome for index in graph.outgoing[step.id])
    return {
        outcome: frozenset(index for index in graph.outgoing[step.id] if graph.flows[index].outcome == outcome)
        for outcome in outcomes
    }


def flows_of_options(graph: FlatGraph, step: Step) -> dict[str, list[int]]:
    """Return for each option of a manual step the flows that it takes.

    A flow with a ``choice`` is taken for that option, one without for every option that no flow
    names, but those of ``stop_on``.
    """
    fields = step.fields
    assert isinstance(fields, ManualNode)
    leaving = graph.outgoing[step.id]
    named = {graph.flows[index].choice for index in leaving}
    free = [index for index in leaving if graph.flows[index].choice is None]
    return {
        option: [index for index in leaving if graph.flows[index].choice == option]
        if option in named
        else (free if option not in fields.stop_on else [])
        for option in fields.options
    }
