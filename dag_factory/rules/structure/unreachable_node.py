"""DF103: no path from a start leads to a node."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.model.reach import unreachable_nodes
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF103")
def unreachable_node(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each node that no run can reach; the BPMN frontend leaves such nodes out with a warning."""
    if process.join_is_explicit:
        return
    scopes = [process.scope]
    scopes += [node.scope for node in process.scope.walk() if node.scope and not isinstance(node.fields, ParallelNode)]
    for node in (node for scope in scopes for node in unreachable_nodes(scope)):
        yield Diagnostic(
            code="DF103",
            message=f"node {node.name!r} cannot be reached: no path from a start leads to it",
            remedy="add an edge that leads to it, or remove it",
            element=node.element or node.id,
            line=node.line,
            pointer=node.pointer,
        )
