"""DF102: an edge ends at a node that does not exist in its scope."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process, Scope
from dag_factory.rules import STRUCTURE_RULES

MAX_HINTS = 10
"""How many findings guess what was meant, which is slow."""


@STRUCTURE_RULES.register("DF102")
def dangling_flow(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each end of an edge that names no node beside it."""
    yield from _check(process.scope)


def _check(scope: Scope) -> Iterator[Diagnostic]:
    ids = {node.id for node in scope.nodes}
    hints = iter(range(MAX_HINTS))
    for flow in scope.flows:
        for end in (flow.source, flow.target):
            if end not in ids:
                near = get_close_matches(end, ids, n=1) if next(hints, None) is not None else []
                yield Diagnostic(
                    code="DF102",
                    message=f"the edge {flow.source!r} to {flow.target!r} names {end!r}, which does not exist here",
                    remedy=f"did you mean {near[0]!r}?" if near else "name a node of the same list, or remove the edge",
                    element=flow.id,
                    line=flow.line,
                    pointer=flow.pointer,
                )
    for node in scope.nodes:
        if node.scope:
            yield from _check(node.scope)
