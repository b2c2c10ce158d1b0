"""DF230: an event-based gateway leads to something that is no event to wait for."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.process import Process
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF230")
def event_gateway_target(process: Process) -> Iterator[Diagnostic]:
    """Yield a warning for each way of an event-based gateway that is never taken; an error where all are such."""
    for scope in process.scope.walk_scopes():
        nodes = {node.id: node for node in scope.nodes}
        for gateway in (node for node in scope.nodes if isinstance(node.fields, EventGatewayNode)):
            targets = [nodes[flow.target] for flow in scope.flows if flow.source == gateway.id and flow.target in nodes]
            wrong = [target for target in targets if not isinstance(target.fields, EventNode)]
            for target in wrong:
                yield Diagnostic(
                    code="DF230",
                    severity=Severity.ERROR if len(wrong) == len(targets) else Severity.WARNING,
                    message=f"the event-based gateway {gateway.name!r} leads to {target.name!r}, which is no event to "
                    "wait for: that way is never taken",
                    remedy="lead it to a catching event or a receive task, or use an exclusive gateway",
                    element=gateway.element or gateway.id,
                    line=gateway.line,
                    pointer=gateway.pointer,
                )
