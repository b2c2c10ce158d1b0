"""Escalations: from the events that throw them to the ones around that catch them, inside one Dag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dag_factory.nodes.terminate import TerminateNode

if TYPE_CHECKING:
    from dag_factory.lowering.flatten import Flattener


class Escalations:
    """The escalations thrown so far that nothing has caught yet, innermost scopes first."""

    def __init__(self, graph: Flattener) -> None:
        self.graph = graph
        self.open: dict[str, str] = {}

    def throw(self, step_id: str, code: str) -> None:
        """Remember that a step throws the escalation ``code``."""
        self.open[step_id] = code

    def caught(self, inside: Sequence[str], code: str) -> list[str]:
        """Return the steps among ``inside`` whose escalation an event for ``code`` catches; empty catches any."""
        found = [step for step in inside if step in self.open and code in ("", self.open[step])]
        for step in found:
            del self.open[step]
        return found

    def end_scope(self, throwers: Sequence[str], inside: Sequence[str]) -> list[str]:
        """Let steps that throw end all of ``inside``; return them."""
        fields = self.graph.fields_of(throwers)
        for step in throwers:
            stops = [other for other in inside if other != step]
            self.graph.change(
                step, fields=TerminateNode.model_construct(id=step, name=fields[step].name, stops=stops, fails=False)
            )
        return list(throwers)
