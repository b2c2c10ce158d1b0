"""DF202: an edge asks for an answer that nobody can give."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.nodes.manual import ManualNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF202")
def answer_edge(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each ``choice`` that does not leave a manual node or is not one of its options."""
    nodes = {node.id: node for node in process.scope.walk()}
    for flow in process.scope.walk_flows():
        node = nodes.get(flow.source)
        if flow.choice is None or node is None:
            continue
        fields = node.fields
        if not isinstance(fields, ManualNode):
            problem, remedy = f"leaves {node.name!r}, which asks nobody", "write a `condition` instead"
        elif flow.choice not in fields.options:
            problem, remedy = "is not one of the node's options", f"write one of {', '.join(fields.options)}"
        else:
            continue
        yield Diagnostic(
            code="DF202",
            message=f"the choice {flow.choice!r} on the edge to {flow.target!r} {problem}",
            remedy=remedy,
            element=flow.id,
            line=flow.line,
            pointer=flow.pointer,
        )
