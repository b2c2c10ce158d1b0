"""Sequence flows: their conditions, and which one is the default."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.frontends.bpmn.condition import Condition, read_condition
from dag_factory.frontends.bpmn.flow_index import FlowElement, FlowLine
from dag_factory.frontends.bpmn.namespaces import bpmn_child, line_of, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import SequenceFlow

_UNCONDITIONAL = frozenset({"parallelGateway", "eventBasedGateway", "startEvent", "boundaryEvent"})


def read_flows(source: FlowElement, reading: Reading) -> Iterator[SequenceFlow]:
    """Yield the sequence flows that leave ``source``, in file order."""
    default = _default_of(source, reading)
    for line in source.outgoing:
        yield _read_flow(line, line is default, reading)
        reading.report_rest(line.element)


def _read_flow(line: FlowLine, is_default: bool, reading: Reading) -> SequenceFlow:
    condition = _condition(line, is_default, reading)
    return SequenceFlow(
        id=line.id,
        source=line.source.id,
        target=line.target.id,
        name=one_line(line.element.get("name")) or condition.words,
        condition=condition.expression,
        is_default=is_default,
        line=line_of(line.element),
    )


def _condition(line: FlowLine, is_default: bool, reading: Reading) -> Condition:
    holder = bpmn_child(line.element, "conditionExpression")
    if holder is None:
        return Condition()
    if is_default or line.source.kind in _UNCONDITIONAL:
        if text_of(holder):
            why = "is the default" if is_default else f"leaves a {line.source.kind}"
            reading.findings.warning("DF220", line.element, f"has a condition that counts for nothing, since it {why}")
        return Condition()
    return read_condition(holder, line.element, reading)


def _default_of(source: FlowElement, reading: Reading) -> FlowLine | None:
    wanted = (source.element.get("default") or "").strip()
    if not wanted:
        return None
    for line in source.outgoing:
        if line.element.get("id") in (wanted, wanted.rpartition(":")[2]):
            return line
    if source.outgoing:
        reading.findings.warning(
            "DF221",
            source.element,
            f"has the default flow {wanted!r}, which does not leave it",
            "name one of its flows",
        )
    return None
