"""DF103: no path from a start leads to a node."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process, Scope
from dag_factory.model.starts import entry_nodes, successors
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF103")
def unreachable_node(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each node that no run can reach; the BPMN frontend leaves such nodes out with a warning."""
    if process.join_is_explicit:
        return
    yield from _check(process.scope)
    for node in process.scope.walk():
        if node.scope and not isinstance(node.fields, ParallelNode):
            yield from _check(node.scope)


def _check(scope: Scope) -> Iterator[Diagnostic]:
    following = successors(scope)
    reached: set[str] = set()
    ahead = [node.id for node in entry_nodes(scope)]
    if not ahead:
        return
    while ahead:
        current = ahead.pop()
        if current not in reached:
            reached.add(current)
            ahead += following.get(current, [])
    for node in scope.nodes:
        is_event_sub_process = node.scope is not None and node.scope.kind == "event"
        if node.id not in reached and not is_event_sub_process:
            yield Diagnostic(
                code="DF103",
                message=f"node {node.name!r} cannot be reached: no path from a start leads to it",
                remedy="add an edge that leads to it, or remove it",
                element=node.element or node.id,
                line=node.line,
                pointer=node.pointer,
            )
