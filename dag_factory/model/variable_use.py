"""Which process variables a step reads, and which steps may have set them."""

from __future__ import annotations

from dag_factory.expressions import parse_expression, parse_text
from dag_factory.model.decision_table import condition_of
from dag_factory.model.flat_graph import FlatGraph, Step
from dag_factory.nodes.base import Marker
from dag_factory.nodes.decision import DecisionNode

GIVEN_BY_THE_RUN = frozenset({"run"})


def names_read(graph: FlatGraph, step: Step) -> frozenset[str]:
    """Return the variables that the step's texts, conditions and rules use, without what the run gives itself."""
    names: set[str] = set()
    if step.items_of is not None:
        assert step.items_of.for_each is not None
        names |= parse_expression(step.items_of.for_each).names
    for marker, text in step.fields.reads():
        names |= (parse_text(text) if marker is Marker.TEXT else parse_expression(text)).names
    if isinstance(step.fields, DecisionNode):
        for rule in step.fields.rules:
            names |= parse_expression(condition_of(rule)).names
        for index in graph.outgoing[step.id]:
            condition = graph.flows[index].condition
            if condition is not None:
                names |= parse_expression(condition).names
    return frozenset(names) - GIVEN_BY_THE_RUN - {step.item_variable}


def variables_before(graph: FlatGraph, step_id: str) -> frozenset[str]:
    """Return the variables that some step on a path to ``step_id`` sets."""
    return graph.set_before[step_id]


def writers_of(graph: FlatGraph, step_id: str, name: str) -> list[str]:
    """Return the steps on paths to ``step_id`` that set ``name``, nearest first."""
    before = graph.ancestors[step_id]
    return [step for step in graph.setters_of(name) if step in before]
