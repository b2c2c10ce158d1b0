"""The collection in which a multi-instance keeps the results of its instances."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.vendors.standard import target_of
from dag_factory.model.process import FlowNode, Scope
from dag_factory.nodes.assign import AssignNode


def collect_results(node: FlowElement, found: FlowNode, reading: Reading) -> None:
    """Let a step behind ``found`` keep the results of its instances; a warning where it cannot.

    A variable that instances side by side set is a list behind them, in the order of the items: the collection is that
    list under its own name.
    """
    loop = bpmn_child(node.element, "multiInstanceLoopCharacteristics")
    if loop is None:
        return
    sets = {name for one in Scope(nodes=(found,)).walk() for name in one.fields.variables_set()}
    for collection, result in _collections(loop, node):
        if result in sets and is_variable_name(collection) and _makes_lists(found):
            if collection != result and node.outgoing:
                _keep(node, found, reading, collection, result)
        elif collection:
            reading.findings.warning(
                "DF471",
                node.element,
                f"collects its results in {one_line(collection, 80)!r}, which is not done",
                "let each instance set a variable: they become a list",
            )


def _makes_lists(found: FlowNode) -> bool:
    repetition = found.repetition
    return repetition is not None and repetition.kind == "parallel" and repetition.condition is None


def _keep(node: FlowElement, found: FlowNode, reading: Reading, collection: str, result: str) -> None:
    before = reading.assignments.get(node.id)
    if before is not None:
        reading.assignments[node.id] = before.model_copy(update={"values": {**before.values, collection: result}})
        return
    step_id = reading.index.ids.allocate(f"{node.id}_collects")
    reading.assignments[node.id] = AssignNode(id=step_id, name=f"{found.name}: collects", values={collection: result})


def _collections(loop: Element, node: FlowElement) -> Iterator[tuple[str, str]]:
    """Yield the names of the collections that take the results of the instances, each with the variable of a result."""
    for part in loop.iter("{*}loopCharacteristics"):
        result = (part.get("outputElement") or "").strip().removeprefix("=").strip()
        yield part.get("outputCollection") or "", result
    reference = text_of(bpmn_child(loop, "loopDataOutputRef"))
    if reference:
        item = bpmn_child(loop, "outputDataItem")
        yield (
            target_of(node.element, reference),
            one_line(item.get("name") or item.get("id")) if item is not None else "",
        )
