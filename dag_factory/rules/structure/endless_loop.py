"""DF105: a loop that no path leaves."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.cycle import cycles
from dag_factory.model.interrupted import ends_early, interruptible_nodes
from dag_factory.model.process import Process, Scope
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF105")
def endless_loop(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each cycle without a way out: its runs would never end, unless an event may end them.

    In BPMN that is a warning: engines take such a file, and some processes are meant to go on for ever.
    """
    is_bpmn = process.join_is_explicit
    consequence = (
        "; a run goes round until it has done as many iterations as are allowed, then fails" if is_bpmn else ""
    )
    for scope in _scopes_that_nothing_ends(process.scope):
        names = {node.id: node for node in scope.nodes}
        if any(flow.source not in names or flow.target not in names for flow in scope.flows):
            continue
        for members in cycles(scope):
            if any(flow.source in members and flow.target not in members for flow in scope.flows):
                continue
            inside = [node for node in scope.nodes if node.id in members]
            yield Diagnostic(
                code="DF105",
                severity=Severity.WARNING if is_bpmn else Severity.ERROR,
                message=f"nothing leads out of the loop of {', '.join(node.name for node in inside)}{consequence}",
                remedy="add an edge that leaves it, with a condition",
                element=inside[0].element or inside[0].id,
                line=inside[0].line,
                pointer=inside[0].pointer,
            )


def _scopes_that_nothing_ends(scope: Scope) -> Iterator[Scope]:
    """Yield ``scope`` and those inside it, without those that an event inside or around them may end."""
    if ends_early(scope):
        return
    yield scope
    interruptible = interruptible_nodes(scope)
    for node in scope.nodes:
        if node.scope is not None and node.id not in interruptible:
            yield from _scopes_that_nothing_ends(node.scope)
