"""``callActivity``: runs another process and waits for its end."""

from __future__ import annotations

from typing import Any

from dag_factory.expressions.syntax_tree import Name, Node, Path
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.facts import Called, Mapping
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task, make_unbound
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.frontends.bpmn.outputs import read_outputs
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.work import make_work
from dag_factory.frontends.dag_id import dag_id_from
from dag_factory.model.process import FlowNode
from dag_factory.nodes.call import CallNode

_GLOBAL_TASKS = {
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
    "globalTask": "task",
}


@ELEMENTS.register("callActivity")
def read_call_activity(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a call with what it passes in both directions."""
    called = _called(node, reading)
    if not called.process:
        work = reading.work(node.element)
        if work:
            return make_work(node, reading, work)
        reading.findings.warning(
            "DF460", node.element, "does not say which process it calls, and does nothing", "name a process"
        )
        return make_task(node, reading)
    if called.is_expression or "{" in called.process:
        return make_unbound(
            node, reading, f"computes at run time which process it calls ({one_line(called.process, 80)})"
        )
    task = _global_task(called.process, reading)
    if task:
        reading.findings.warning(
            "DF461", node.element, f"calls the {task}, of which only the name is used", "draw the task itself"
        )
        return ELEMENTS[_GLOBAL_TASKS[task]](node, reading)
    _report_all(node, called, reading)
    fields = CallNode(
        **identity(node),
        template=_dag_id(called.process, reading),
        variables=_inputs(called.inputs),
        outputs=read_outputs(node, reading, _from_result, called.outputs),
    )
    return make_node(node, reading, fields)


def _called(node: FlowElement, reading: Reading) -> Called:
    """Return what the attribute and the vendors say together."""
    process = one_line(node.element.get("calledElement"))
    found = [item for vendor in reading.vendors if (item := vendor.called(node.element, reading.findings))]
    inputs = [mapping for item in found for mapping in item.inputs]
    outputs = [mapping for item in found for mapping in item.outputs]
    if not any(item.process for item in found):
        findings = reading.findings
        inputs += reading.all(lambda vendor: vendor.inputs(node.element, findings))
        outputs += reading.all(lambda vendor: vendor.outputs(node.element, findings))
    return Called(
        process=next((item.process for item in found if item.process), process),
        is_expression=any(item.is_expression for item in found),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        passes_all=any(item.passes_all for item in found),
        returns_all=any(item.returns_all for item in found),
    )


def _dag_id(process: str, reading: Reading) -> str:
    plain = process.rpartition(":")[2] or process
    return reading.dag_ids.get(process) or reading.dag_ids.get(plain) or dag_id_from(plain)


def _global_task(process: str, reading: Reading) -> str:
    plain = process.rpartition(":")[2] or process
    return next((kind for kind in _GLOBAL_TASKS if reading.definitions.find(kind, plain) is not None), "")


def _inputs(mappings: tuple[Mapping, ...]) -> dict[str, Any]:
    return {mapping.target: mapping.value for mapping in mappings if mapping.target}


def _from_result(name: str) -> Node | None:
    return Path(Name("result"), (name,))


def _report_all(node: FlowElement, called: Called, reading: Reading) -> None:
    remedy = "list the variables that are needed"
    if called.passes_all:
        listed = ", ".join(mapping.target for mapping in called.inputs) or "none"
        reading.findings.info(
            "DF462", node.element, f"passes every variable on; here only those listed are passed ({listed})", remedy
        )
    if called.returns_all:
        reading.findings.warning(
            "DF463", node.element, "takes back every variable of the called process; here only those listed", remedy
        )
