"""Which tasks end which others: what a stop must name, and whom a running task must ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dag_factory.model.flat_graph import FlatGraph, Step


def stops_of(step: Step) -> list[str]:
    """Return the steps that ``step`` may end."""
    return list(getattr(step.fields, "stops", None) or ())


def stoppers_of(graph: FlatGraph) -> dict[str, list[str]]:
    """Return for each step that others may end those others, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for step_id in graph.order:
        for stopped in stops_of(graph.steps[step_id]):
            found[stopped].append(step_id)
    return dict(found)


def tasks_between(
    graph: FlatGraph, ends: Sequence[str], merges: Mapping[str, str], stopped: Sequence[str]
) -> list[str]:
    """Return the tasks that stand for flows between steps which are stopped, and the guards before those.

    :param ends: for each flow the task it leads to: its target, the guard of that, or a task of its own.
    :param merges: the guard of each step that has one.
    """
    inside = set(stopped)
    found = [merges[step_id] for step_id in stopped if step_id in merges]
    for index in sorted(index for step_id in inside for index in graph.outgoing.get(step_id, ())):
        target = graph.flows[index].target
        if target in inside and ends[index] not in (target, merges.get(target)):
            found.append(ends[index])
    return found
