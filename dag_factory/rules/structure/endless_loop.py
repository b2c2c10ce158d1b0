"""DF105: a loop that no path leaves."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.cycle import cycles
from dag_factory.model.process import Process
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF105")
def endless_loop(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each cycle without a way out: its runs would never end."""
    for scope in [process.scope, *(node.scope for node in process.scope.walk() if node.scope)]:
        names = {node.id: node for node in scope.nodes}
        if any(flow.source not in names or flow.target not in names for flow in scope.flows):
            continue
        for members in cycles(scope):
            if any(flow.source in members and flow.target not in members for flow in scope.flows):
                continue
            inside = [node for node in scope.nodes if node.id in members]
            yield Diagnostic(
                code="DF105",
                message=f"nothing leads out of the loop of {', '.join(node.name for node in inside)}",
                remedy="add an edge that leaves it, with a condition",
                element=inside[0].element or inside[0].id,
                line=inside[0].line,
                pointer=inside[0].pointer,
            )
