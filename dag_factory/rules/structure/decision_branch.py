"""DF200, DF201, DF204: the edges of a decision do not say clearly which one is taken."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow
from dag_factory.nodes.decision import DecisionNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF200")
def decision_branch(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each decision without a default (JSON), with unclear edges, or with a table beside them."""
    for scope in process.scope.walk_scopes():
        for node in scope.nodes:
            if isinstance(node.fields, DecisionNode):
                yield from _check(process, scope, node, node.fields)


def _check(process: Process, scope: Scope, node: FlowNode, fields: DecisionNode) -> Iterator[Diagnostic]:
    flows = [flow for flow in scope.flows if flow.source == node.id]
    if not flows:
        yield _found("DF200", node, "has no edge that leaves it", "add the edges it decides between")
    elif fields.rules or fields.default is not None:
        yield from _check_table(node, fields, flows)
    else:
        yield from _check_edges(process, node, flows)


def _check_edges(process: Process, node: FlowNode, flows: list[SequenceFlow]) -> Iterator[Diagnostic]:
    defaults = [flow for flow in flows if flow.is_default]
    bare = [flow.name or flow.target for flow in flows if flow.condition is None and not flow.is_default]
    if bare:
        yield _found(
            "DF201",
            node,
            f"has {len(bare)} edges without a condition ({', '.join(bare)})",
            "give each one a condition, or mark one as the default",
        )
    if len(defaults) > 1:
        yield _found("DF200", node, f"has {len(defaults)} default edges", "mark only one as the default")
    elif not defaults and not bare and not process.has_open_variables:
        yield _found("DF200", node, "has no default edge", "mark one of its edges with `default: true`")


def _check_table(node: FlowNode, fields: DecisionNode, flows: list[SequenceFlow]) -> Iterator[Diagnostic]:
    targets = {flow.target for flow in flows}
    if any(flow.condition is not None or flow.is_default for flow in flows):
        yield _found("DF204", node, "has `rules` and also conditions on its edges", "keep the table, or the conditions")
    if fields.default is None:
        yield _found(
            "DF200", node, "has `rules` but no `default`", "add `default`: the node taken when no rule is true"
        )
    for target in [*(rule.then for rule in fields.rules), fields.default]:
        if target is not None and target not in targets:
            yield _found("DF204", node, f"goes to {target!r}, but no edge leads there", f"add an edge to {target!r}")
    named = {*(rule.then for rule in fields.rules), fields.default}
    for target in sorted(targets - named):
        yield _found("DF204", node, f"has an edge to {target!r} that no rule names", "add a rule, or remove the edge")
    if len(targets) < len(flows):
        yield _found("DF204", node, "has two edges to the same node", "keep one; several rules may name it")


def _found(code: str, node: FlowNode, problem: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        message=f"decision {node.name!r} {problem}",
        remedy=remedy,
        element=node.element or node.id,
        line=node.line,
        pointer=node.pointer,
    )
