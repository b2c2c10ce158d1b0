"""DF232: a complex gateway joins paths by a condition of its own."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.process import Process
from dag_factory.nodes.complex_gateway import ComplexGatewayNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF232")
def complex_gateway(process: Process) -> Iterator[Diagnostic]:
    """Yield a warning for each complex gateway at which paths meet: it waits for all that are alive."""
    entered = [flow.target for flow in process.scope.walk_flows()]
    for node in process.scope.walk():
        if isinstance(node.fields, ComplexGatewayNode) and entered.count(node.id) > 1:
            condition = node.fields.activation_condition
            yield Diagnostic(
                code="DF232",
                severity=Severity.WARNING,
                message=f"the complex gateway {node.name!r} waits for every path that is alive"
                + (f", not only until {condition} is true" if condition else ""),
                remedy="use an inclusive gateway, which means just that",
                element=node.element or node.id,
                line=node.line,
                pointer=node.pointer,
            )
