"""Loop characteristics: how often an activity runs."""

from __future__ import annotations

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.condition import read_expression
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.facts import Collection
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.identifiers import is_variable_name, variable_name_from
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.model.process import Repetition

_TRUE = ("true", "1")


def read_repetition(node: FlowElement, reading: Reading) -> Repetition | None:
    """Return how often ``node`` runs for one token, ``None`` for once.

    :raises CannotRunError: an expression that decides it cannot be read.
    """
    for child in node.element:
        if not isinstance(child.tag, str):
            continue
        if child.tag.endswith("standardLoopCharacteristics"):
            return _standard(child)
        if child.tag.endswith("multiInstanceLoopCharacteristics"):
            return _multi_instance(node, child, reading)
    return None


def _standard(loop: Element) -> Repetition:
    raw = text_of(bpmn_child(loop, "loopCondition"))
    maximum = loop.get("loopMaximum") or ""
    condition = read_expression(raw, "the loop condition")
    bound = int(maximum[:9]) if maximum.isascii() and maximum.isdigit() else None
    return Repetition(
        kind="standard", condition=condition, is_tested_before=loop.get("testBefore") in _TRUE, maximum=bound
    )


def _multi_instance(node: FlowElement, loop: Element, reading: Reading) -> Repetition:
    given = Collection()
    for vendor in reading.vendors:
        found = vendor.collection(loop)
        if found:
            given = Collection(expression=given.expression or found.expression, item=given.item or found.item)
    cardinality = text_of(bpmn_child(loop, "loopCardinality"))
    collection = _collection(given.expression)
    if bpmn_child(loop, "complexBehaviorDefinition") is not None:
        reading.findings.warning(
            "DF472",
            node.element,
            "throws an event each time that an instance is done, which is not done",
            "throw it inside the activity",
        )
    return Repetition(
        kind="sequential" if loop.get("isSequential") in _TRUE else "parallel",
        collection=collection,
        cardinality=read_expression(cardinality, "the loop cardinality"),
        item=_item(given.item),
        condition=read_expression(text_of(bpmn_child(loop, "completionCondition")), "the completion condition"),
    )


def _collection(raw: str) -> str | None:
    """Return the collection as an expression: text without any mark of an expression is the name of a variable."""
    if not raw:
        return None
    if raw.startswith(("${", "#{", "=", "`")):
        return read_expression(raw, "the collection")
    try:
        return canonical_expression(f"`{raw}`")
    except ExpressionError:
        return read_expression(raw, "the collection")


def _item(name: str) -> str:
    if not name:
        return "item"
    return name if is_variable_name(name) else variable_name_from(name)
