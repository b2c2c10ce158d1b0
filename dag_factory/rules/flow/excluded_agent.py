"""DF130: an exclusion of whoever did a node that nobody does before."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph, Step
from dag_factory.model.process import Process
from dag_factory.nodes.agent import AgentActivity
from dag_factory.rules import FLOW_RULES


@FLOW_RULES.register("DF130")
def excluded_agent(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> Iterator[Diagnostic]:
    """Yield an error for each ``exclude`` that names a node of which no agent can be known: it would exclude nobody."""
    for step_id in graph.order:
        step = graph.steps[step_id]
        if not isinstance(step.fields, AgentActivity) or not step.fields.agent:
            continue
        for name in step.fields.agent.excluded_nodes():
            if found := _problem(graph, step, name):
                problem, remedy = found
                yield Diagnostic(
                    code="DF130",
                    message=f"{step.name!r} excludes whoever did {name!r}, {problem}",
                    remedy=remedy,
                    element=step.node.element or step.node.id,
                    line=step.node.line,
                    pointer=step.node.pointer,
                )


def _problem(graph: FlatGraph, step: Step, name: str) -> tuple[str, str] | None:
    other = graph.steps.get(name)
    if name == step.id:
        return "which is the node itself", "name another node"
    if other is None:
        return (
            "but there is no such node in the same run (a loop's body is a run of its own)",
            "correct its spelling, or move the node",
        )
    if not isinstance(other.fields, AgentActivity) or not other.fields.agent:
        return "which asks for no agent", f"give {name!r} an `agent`"
    if name not in graph.ancestors[step.id]:
        return "which is not done before it", "draw the edges so that it is"
    return None
