"""DF104: nothing begins the flow."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.model.starts import entry_nodes
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF104")
def missing_start(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each scope in which every node waits for another, or which is empty.

    The BPMN frontend gives every scope a beginning.
    """
    if process.join_is_explicit:
        return
    places = [(process.name or process.id, process.element, process.line, process.pointer, process.scope)]
    places += [
        (node.name, node.element or node.id, node.line, node.pointer, node.scope)
        for node in process.scope.walk()
        if node.scope and not isinstance(node.fields, ParallelNode)
    ]
    for name, element, line, pointer, scope in places:
        if not entry_nodes(scope):
            reason = "every node has an edge that enters it" if scope.nodes else "it holds no node"
            yield Diagnostic(
                code="DF104",
                message=f"{name!r} has no start: {reason}",
                remedy="add a node of the type `start` with an edge to the first step",
                element=element,
                line=line,
                pointer=pointer,
            )
