"""DF300: an expression cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.expressions import ExpressionError, parse_expression, parse_text
from dag_factory.model.decision_table import condition_of
from dag_factory.model.process import FlowNode, Process
from dag_factory.nodes.api_call import ApiCallNode
from dag_factory.nodes.base import Activity, Marker
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.sql import SqlNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF300")
def expression_syntax(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each condition, output, text and table cell that the expression language does not know."""
    for flow in process.scope.walk_flows():
        if flow.condition is not None and (problem := _problem(Marker.EXPRESSION, flow.condition)):
            where = f"the condition on the edge from {flow.source!r} to {flow.target!r}"
            yield _found(where, problem, flow.id, flow.line, flow.pointer)
    for node in process.scope.walk():
        for marker, text in _texts(node):
            if problem := _problem(marker, text):
                yield _found(f"node {node.name!r}", problem, node.element or node.id, node.line, node.pointer)
        yield from _table(node)
    for name, text in (process.result or {}).items():
        if problem := _problem(Marker.EXPRESSION, text):
            yield _found(f"the result {name!r}", problem, process.element, process.line, "/result")


def _texts(node: FlowNode) -> Iterator[tuple[Marker, str]]:
    yield from node.fields.reads()
    if isinstance(node.fields, Activity):
        yield from ((Marker.EXPRESSION, text) for text in node.fields.outputs.values())
    if isinstance(node.fields, SqlNode):
        yield from ((Marker.EXPRESSION, text) for text in node.fields.expect)
    if isinstance(node.fields, ApiCallNode) and node.fields.response_filter is not None:
        yield Marker.EXPRESSION, node.fields.response_filter


def _table(node: FlowNode) -> Iterator[Diagnostic]:
    if isinstance(node.fields, DecisionNode):
        for number, rule in enumerate(node.fields.rules, start=1):
            try:
                condition_of(rule)
            except ExpressionError as error:
                yield _found(f"rule {number} of {node.name!r}", str(error), node.id, node.line, node.pointer)


def _problem(marker: Marker, text: str) -> str | None:
    try:
        if marker is Marker.TEXT:
            parse_text(text)
        else:
            parse_expression(text)
    except ExpressionError as error:
        return str(error)
    return None


def _found(where: str, problem: str, element: str, line: int | None, pointer: str | None) -> Diagnostic:
    return Diagnostic(
        code="DF300",
        message=f"{where}: {problem}",
        remedy="see docs/expressions.md",
        element=element,
        line=line,
        pointer=pointer,
    )
