"""Which tasks end which others: what a stop must name, and whom a running task must ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

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


def end_tasks_between(graph: FlatGraph, ends: Sequence[str], stopped: Sequence[str]) -> list[str]:
    """Return the tasks that stand for flows between steps which are stopped.

    :param ends: for each flow the task it leads to, which is its target or a task of its own.
    """
    inside = set(stopped)
    return [
        end
        for flow, end in zip(graph.flows, ends, strict=True)
        if end != flow.target and flow.source in inside and flow.target in inside
    ]
