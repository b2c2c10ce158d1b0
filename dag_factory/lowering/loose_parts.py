"""Leaves out the parts of a diagram to which nothing leads."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.model.process import Process, Scope
from dag_factory.model.reach import unreachable_nodes


def without_loose_parts(process: Process) -> Process:
    """Return ``process`` without the nodes that no run can reach; the rule DF103 has named them."""
    return replace(process, scope=_reachable(process.scope))


def _reachable(scope: Scope) -> Scope:
    loose = {node.id for node in unreachable_nodes(scope)}
    nodes = tuple(
        replace(node, scope=_reachable(node.scope)) if node.scope else node
        for node in scope.nodes
        if node.id not in loose
    )
    flows = tuple(flow for flow in scope.flows if not {flow.source, flow.target} & loose)
    return replace(scope, nodes=nodes, flows=flows)
