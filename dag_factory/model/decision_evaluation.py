"""Evaluates decision tables as DMN 1.3 says, and tells how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dag_factory.errors import DagFactoryError
from dag_factory.expressions import EvaluationError, parse_expression
from dag_factory.expressions.values import are_equal
from dag_factory.nodes.decision_table import Decision, TableRule

_LISTS = ("rule order", "output order", "collect")


class DecisionError(DagFactoryError):
    """A decision has no value with these inputs; the message says which one, and why."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What became of one decision.

    :param value: null where no rule hits.
    :param hits: the outputs of each rule that counts, by name; empty for an expression.
    :param matched: the numbers of the rules that are true, from 1.
    """

    name: str
    value: Any
    hits: list[dict[str, Any]]
    matched: list[int]


def evaluate_decisions(decisions: Sequence[Decision], values: Mapping[str, Any]) -> list[Evaluation]:
    """Return what becomes of each decision; later ones see the values of earlier ones, and their outputs by name.

    :raises DecisionError: an expression does not fit the values, or more rules hit than the hit policy allows.
    """
    known = dict(values)
    found = []
    for decision in decisions:
        try:
            evaluation = _evaluate(decision, known)
        except EvaluationError as error:
            raise DecisionError(f"decision {decision.name!r}: {error}") from error
        found.append(evaluation)
        if len(evaluation.hits) == 1:
            known |= evaluation.hits[0]
        known[decision.name] = evaluation.value
    return found


def _evaluate(decision: Decision, values: Mapping[str, Any]) -> Evaluation:
    if decision.expression is not None:
        return Evaluation(decision.name, parse_expression(decision.expression).evaluate(values), [], [])
    matched = [number for number, rule in enumerate(decision.rules, start=1) if _is_hit(rule, values)]
    if decision.hit_policy == "first":
        matched = matched[:1]
    hits = [_outputs(decision, decision.rules[number - 1], values) for number in matched]
    counted = _counted(decision, hits, matched, values)
    return Evaluation(decision.name, _value(decision, counted, values), counted, matched)


def _is_hit(rule: TableRule, values: Mapping[str, Any]) -> bool:
    return all(parse_expression(test).is_true(values) for test in rule.when)


def _outputs(decision: Decision, rule: TableRule, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        output.name: parse_expression(text).evaluate(values)
        for output, text in zip(decision.outputs, rule.then, strict=True)
    }


def _counted(
    decision: Decision, hits: list[dict[str, Any]], matched: list[int], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the hits that count, in their order.

    :raises DecisionError: there are more of them than may be.
    """
    match decision.hit_policy:
        case "unique" if len(hits) > 1:
            rules = ", ".join(map(str, matched))
            raise DecisionError(f"decision {decision.name!r} has the hit policy unique, but the rules {rules} all hit")
        case "any" if hits:
            if not all(are_equal(hit, hits[0]) for hit in hits):
                rules = ", ".join(map(str, matched))
                raise DecisionError(f"decision {decision.name!r}: the rules {rules} hit and give different values")
            return hits[:1]
        case "priority":
            return _by_priority(decision, hits, values)[:1]
        case "output order":
            return _by_priority(decision, hits, values)
    return hits


def _by_priority(decision: Decision, hits: list[dict[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the hits by the places of their values in the lists of allowed values; values not listed come last."""
    orders = [[parse_expression(text).evaluate(values) for text in output.values] for output in decision.outputs]

    def places(hit: Mapping[str, Any]) -> list[int]:
        return [
            next((place for place, allowed in enumerate(order) if are_equal(allowed, hit[output.name])), len(order))
            for output, order in zip(decision.outputs, orders, strict=True)
        ]

    return sorted(hits, key=places)


def _value(decision: Decision, hits: list[dict[str, Any]], values: Mapping[str, Any]) -> Any:
    if not hits and any(output.default is not None for output in decision.outputs):
        hits = [_defaults(decision, values)]
    shaped = [_shape(decision, hit) for hit in hits]
    if decision.aggregation:
        return _aggregate(decision, shaped)
    if decision.hit_policy in _LISTS:
        return shaped
    return shaped[0] if shaped else None


def _defaults(decision: Decision, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        output.name: None if output.default is None else parse_expression(output.default).evaluate(values)
        for output in decision.outputs
    }


def _shape(decision: Decision, hit: dict[str, Any]) -> Any:
    return hit[decision.outputs[0].name] if len(decision.outputs) == 1 else hit


def _aggregate(decision: Decision, shaped: Sequence[Any]) -> Any:
    if decision.aggregation == "count":
        return len(shaped)
    if not shaped:
        return None
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in shaped):
        raise DecisionError(f"decision {decision.name!r}: the {decision.aggregation} of {list(shaped)!r} is no number")
    if decision.aggregation == "sum":
        return sum(shaped)
    return min(shaped) if decision.aggregation == "min" else max(shaped)
