"""DF105: a loop."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process, Scope
from dag_factory.model.starts import successors
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF105")
def cycle(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for one cycle of each scope that has any: an Airflow Dag has none."""
    for scope in [process.scope, *(node.scope for node in process.scope.walk() if node.scope)]:
        path = _find_cycle(scope)
        if path:
            names = {node.id: node for node in scope.nodes}
            first = names[path[0]]
            yield Diagnostic(
                code="DF105",
                message=f"the flow goes round in a loop: {' -> '.join(names[item].name for item in [*path, path[0]])}",
                remedy="loops are not compiled yet: let one script repeat the work, or use retries",
                element=first.element or first.id,
                line=first.line,
                pointer=first.pointer,
            )


def _find_cycle(scope: Scope) -> list[str]:
    """Return the ids of one cycle in order, or nothing; depth-first without recursion."""
    following, done = successors(scope), set[str]()
    ids = {node.id for node in scope.nodes}
    for root in (node.id for node in scope.nodes):
        path, ahead = [], [(root, iter(following.get(root, ())))]
        if root in done:
            continue
        path.append(root)
        while ahead:
            current, rest = ahead[-1]
            following_id = next((item for item in rest if item in ids and item not in done), None)
            if following_id is None:
                done.add(current)
                path.pop()
                ahead.pop()
            elif following_id in path:
                return path[path.index(following_id) :]
            else:
                path.append(following_id)
                ahead.append((following_id, iter(following.get(following_id, ()))))
    return []
