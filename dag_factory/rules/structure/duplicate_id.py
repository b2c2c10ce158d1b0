"""DF101: two nodes have the same id."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import FlowNode, Process
from dag_factory.rules import STRUCTURE_RULES

RESULT_TASK_ID = "result"


@STRUCTURE_RULES.register("DF101")
def duplicate_id(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each node whose id another one has, in any scope: ids become task ids."""
    first: dict[str, FlowNode] = {}
    for node in process.scope.walk():
        if node.id in first:
            yield Diagnostic(
                code="DF101",
                message=f"two nodes have the id {node.id!r} ({first[node.id].name!r} and {node.name!r})",
                remedy="give each node an id of its own",
                element=node.id,
                line=node.line,
                pointer=node.pointer,
            )
        first.setdefault(node.id, node)
    if process.result and RESULT_TASK_ID in first:
        node = first[RESULT_TASK_ID]
        yield Diagnostic(
            code="DF101",
            message=f"a node has the id {RESULT_TASK_ID!r}, which belongs to the `result` of the template",
            remedy="give the node another id",
            element=node.id,
            line=node.line,
            pointer=node.pointer,
        )
