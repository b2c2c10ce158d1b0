"""DF108: an edge enters a start or a boundary event, or leaves an end."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.model.starts import is_boundary
from dag_factory.nodes.end import EndNode
from dag_factory.nodes.start import StartNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF108")
def border_crossed(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each edge into a start or a boundary event, and for each out of an end."""
    nodes = {node.id: node for node in process.scope.walk()}
    for flow in process.scope.walk_flows():
        source, target = nodes.get(flow.source), nodes.get(flow.target)
        wrong = ""
        if source and isinstance(source.fields, EndNode):
            wrong = f"leaves the end {source.name!r}"
        elif target and isinstance(target.fields, StartNode):
            wrong = f"enters the start {target.name!r}"
        elif target and is_boundary(target):
            wrong = f"enters the boundary event {target.name!r}"
        if wrong:
            yield Diagnostic(
                code="DF108",
                message=f"the edge from {flow.source!r} to {flow.target!r} {wrong}",
                remedy="remove it, or use a node of the type `task` there",
                element=flow.id,
                line=flow.line,
                pointer=flow.pointer,
            )
