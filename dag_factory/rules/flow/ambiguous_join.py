"""DF205: a node may start with only some of the paths that lead to it, and nothing says whether it should."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.nodes.manual import ManualNode
from dag_factory.rules import FLOW_RULES

MAX_SMALL_SETS = 100
"""How many of a join's sets of paths, smallest first, are compared with all others."""


@FLOW_RULES.register("DF205")
def ambiguous_join(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield an error where people's answers on parallel paths decide whether a join gets all of them or only some.

    Two approvals side by side whose rejections have edges of their own are the case: is one approval enough?
    """
    if process.join_is_explicit:
        return
    for step_id, found in patterns.items():
        step = graph.steps[step_id]
        if step.node.join or step.id != step.node.id or step.is_end or len({len(seen) for seen in found}) < 2:
            continue
        people = [
            graph.steps[name].name
            for name in sorted(graph.ancestors[step_id])
            if isinstance(graph.steps[name].fields, ManualNode) and _has_answers(graph, name)
        ]
        if people and _is_mixed(found):
            yield Diagnostic(
                code="DF205",
                message=f"node {step.name!r} can start with only some of its paths, as answers of "
                f"{', '.join(people)} decide",
                remedy='add `"join": "all"` where every path is needed, or `"join": "any"` where one is enough',
                element=step_id,
                line=step.node.line,
                pointer=step.node.pointer,
            )


def _has_answers(graph: FlatGraph, step_id: str) -> bool:
    return any(graph.flows[index].choice is not None for index in graph.outgoing[step_id])


def _is_mixed(found: set[Pattern]) -> bool:
    """Whether one set of paths is a part of another: the same join both waits and does not."""
    return any(small < large for small in sorted(found, key=len)[:MAX_SMALL_SETS] for large in found)
