"""DF117: a child of ``parallel`` that cannot stand there."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.nodes.base import Activity
from dag_factory.nodes.group import GroupNode
from dag_factory.nodes.parallel import ParallelNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF117")
def parallel_child(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each child that does no work, or that cannot run once for each item."""
    for node in process.scope.walk():
        if not isinstance(node.fields, ParallelNode) or node.scope is None:
            continue
        is_mapped = node.fields.for_each is not None
        for child in node.scope.nodes:
            if isinstance(child.fields, Activity) or (isinstance(child.fields, GroupNode) and not is_mapped):
                continue
            yield Diagnostic(
                code="DF117",
                message=f"{child.name!r} is a {child.type}, which cannot be a child of {node.name!r}"
                + (" with `for_each`" if is_mapped else ""),
                remedy="use one activity (script, api_call, sql, manual, call or wait)"
                + ("" if is_mapped else ", or a group"),
                element=child.id,
                line=child.line,
                pointer=child.pointer,
            )
