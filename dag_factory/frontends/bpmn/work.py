"""Work that an extension names, as a flow node that does it, or that says why it cannot."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from pydantic import ValidationError

from dag_factory.expressions import ExpressionError, parse_expression
from dag_factory.expressions.syntax_tree import Name, Node, Path
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.decision_files import decision_id, decisions_for
from dag_factory.frontends.bpmn.expression_text import replace_names
from dag_factory.frontends.bpmn.facts import (
    AssignWork,
    DecisionWork,
    HttpWork,
    ModelWork,
    OperatorWork,
    ScriptWork,
    UnboundWork,
    Work,
)
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import identity, make_node, make_task, make_unbound
from dag_factory.frontends.bpmn.handlers import FILE, handler_of, input_tree, node_class_of, with_inputs
from dag_factory.frontends.bpmn.identifiers import is_variable_name, variable_name_from
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.frontends.bpmn.outputs import read_outputs
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.script_settings import read_script_settings
from dag_factory.frontends.dmn import DmnError, read_decision
from dag_factory.model.process import FlowNode
from dag_factory.nodes.api_call import ApiCallNode
from dag_factory.nodes.assign import AssignNode
from dag_factory.nodes.decision_table import Decision, DecisionTableNode
from dag_factory.nodes.operator import OperatorNode
from dag_factory.nodes.script import ScriptNode

Language = Literal["sh", "bash", "python"]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_ADDRESS = re.compile(r"(?i)(https?)://((?:[^/?#\s$@]+@)?[^/?#\s$@]+)(.*)", re.DOTALL)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def make_work(node: FlowElement, reading: Reading, work: Work) -> FlowNode:
    """Return the flow node of ``node`` that does ``work``."""
    if isinstance(work, ScriptWork):
        return _make_script(node, reading, work)
    if isinstance(work, HttpWork):
        return _make_api_call(node, reading, work)
    if isinstance(work, AssignWork):
        return _make_assign(node, reading, work)
    if isinstance(work, DecisionWork):
        return _make_decision(node, reading, work)
    if isinstance(work, ModelWork):
        return _make_model(node, reading, work)
    if isinstance(work, OperatorWork):
        return _make_operator(node, reading, work)
    if isinstance(work, UnboundWork):
        handler = handler_of(work.key, reading)
        if handler is not None:
            return _make_handled(node, reading, work.key, handler)
        return make_unbound(node, reading, work.reason)
    reading.findings.info("DF412", node.element, f"does no work: it {work.reason}")
    return make_task(node, reading)


def _make_script(node: FlowElement, reading: Reading, work: ScriptWork) -> FlowNode:
    if not work.script.strip():
        reading.findings.warning("DF413", node.element, "has no script and does nothing", "write one")
        return make_task(node, reading)
    variable = reading.first(lambda vendor: vendor.result_variable(node.element)) or ""

    def rename(name: str) -> Node | None:
        return Name("result") if name == variable else Path(Name("result"), (name,))

    outputs = {variable: "result"} if is_variable_name(variable) else {}
    if variable and not outputs:
        reading.findings.warning("DF451", node.element, f"sets {variable!r}, which cannot be the name of a variable")
    fields = ScriptNode(
        **identity(node),
        language=cast("Language", work.language),
        script=work.script,
        environment=work.environment | _environment(node, reading),
        outputs=outputs | work.outputs | read_outputs(node, reading, rename),
        **_retries(node, reading),
        **read_script_settings(node, reading),
    )
    return make_node(node, reading, fields)


def _environment(node: FlowElement, reading: Reading) -> dict[str, str]:
    """Return the inputs of a script as environment variables."""
    made = {}
    for mapping in reading.all(lambda vendor: vendor.inputs(node.element, reading.findings)):
        if isinstance(mapping.value, str) and is_variable_name(mapping.target):
            made[mapping.target] = mapping.value
        else:
            reading.findings.warning(
                "DF452", node.element, f"gets the input {mapping.target!r}, which cannot be an environment variable"
            )
    return made


def _make_assign(node: FlowElement, reading: Reading, work: AssignWork) -> FlowNode:
    if not is_variable_name(work.variable):
        reading.findings.warning(
            "DF451", node.element, f"sets {work.variable!r}, which cannot be the name of a variable", "rename it"
        )
        return make_task(node, reading)
    return make_node(node, reading, AssignNode(**identity(node), values={work.variable: work.expression}))


def _make_operator(node: FlowElement, reading: Reading, work: OperatorWork) -> FlowNode:
    reading.findings.info(
        "DF447",
        node.element,
        f"is done by the operator {work.operator}",
        "list it in [ops] allowed_operators, and create the Airflow connection that it uses (smtp_default for mail)",
    )
    fields = OperatorNode(**identity(node), operator=work.operator, arguments=work.arguments, **_retries(node, reading))
    return make_node(node, reading, fields)


def _make_handled(node: FlowElement, reading: Reading, key: str, handler: dict[str, Any]) -> FlowNode:
    """Return the node that ``handlers.toml`` declares for the work called ``key``."""
    node_class = node_class_of(handler, key)
    inputs = {item.target: item for item in reading.all(lambda vendor: vendor.inputs(node.element, reading.findings))}
    given = {name: with_inputs(value, inputs) for name, value in handler.items() if name not in ("outputs", "script")}
    if node_class is ScriptNode:
        given["script"] = handler.get("script")
        given["environment"] = given.get("environment", {}) | _environment(node, reading)
    results = handler.get("outputs", {})

    def rename(name: str) -> Node | None:
        return parse_expression(results[name]).tree if name in results else None

    try:
        outputs = results | read_outputs(node, reading, rename)
        fields = node_class.model_validate({**identity(node), **_retries(node, reading), **given, "outputs": outputs})
    except (ValidationError, ExpressionError, TypeError) as error:
        problem = f"has a handler for {key!r} in {FILE} that is wrong: {_first(error)}"
        raise CannotRunError("DF446", problem, "correct it") from None
    return make_node(node, reading, fields)


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _make_decision(node: FlowElement, reading: Reading, work: DecisionWork) -> FlowNode:
    known = decisions_for(reading)
    shown = one_line(work.key, 120)
    if work.key not in known:
        reading.siblings.setdefault(f"{work.key}.dmn", "")
        return make_unbound(node, reading, f"names the decision {shown!r} (no .dmn file beside the template has it)")
    try:
        decisions = read_decision(work.key, known)
    except DmnError as error:
        return make_unbound(node, reading, f"names the decision {shown!r} ({error})")
    outputs = dict(work.outputs)
    if work.sets_outputs:
        outputs |= _decided_variables(decisions[-1])
    for name in [name for name in outputs if not is_variable_name(name)]:
        del outputs[name]
        reading.findings.warning(
            "DF451", node.element, f"sets {one_line(name, 80)!r}, which cannot be the name of a variable", "rename it"
        )

    def rename(name: str) -> Node | None:
        return Name("hits") if name == "decisionResult" else Name("result") if name in work.outputs else None

    fields = DecisionTableNode(
        **identity(node),
        decisions=decisions,
        outputs=outputs | read_outputs(node, reading, rename),
        **_retries(node, reading),
    )
    return make_node(node, reading, fields)


def _make_model(node: FlowElement, reading: Reading, work: ModelWork) -> FlowNode:
    """Return the evaluation of decisions of one model; the values of several are gathered by a last one."""
    known = decisions_for(reading)
    keys = {name: decision_id(name, work.model, known) for name in work.decisions}
    missing = [name for name, key in keys.items() if not key]
    if missing:
        reading.siblings.setdefault(f"{work.model}.dmn", "")
        what = f"names the decision {one_line(missing[0], 80)!r} of the model {one_line(work.model, 80)!r}"
        return make_unbound(node, reading, f"{what} (no .dmn file beside the template has it)")
    try:
        found = {decision.name: decision for key in keys.values() for decision in read_decision(key, known)}
        last = [read_decision(key, known)[-1].name for key in keys.values()]
        decisions = _with_given_inputs(list(found.values()), node, reading)
    except DmnError as error:
        return make_unbound(node, reading, f"names decisions of the model {one_line(work.model, 80)!r} ({error})")
    if len(last) > 1:
        gathered = ", ".join(f'"{name}": {name}' for name in last)
        decisions.append(Decision(name=variable_name_from(f"{work.model}_values"), expression=f"{{{gathered}}}"))
    result = Name("result")

    def rename(name: str) -> Node | None:
        value = variable_name_from(name)
        return None if value not in last else Path(result, (value,)) if len(last) > 1 else result

    fields = DecisionTableNode(**identity(node), decisions=decisions, outputs=read_outputs(node, reading, rename))
    return make_node(node, reading, fields)


def _with_given_inputs(decisions: list[Decision], node: FlowElement, reading: Reading) -> list[Decision]:
    """Return ``decisions`` that read, in place of the names of their inputs, what the element gives under these.

    :raises DmnError: an input is put together of several parts.
    """
    inputs = {
        variable_name_from(item.target): item
        for item in reading.all(lambda vendor: vendor.inputs(node.element, reading.findings))
    }

    def renamed(text: str) -> str:
        changed = replace_names(text, lambda name: input_tree(name, inputs))
        return text if changed is None else changed

    try:
        return [decision.with_texts(renamed) for decision in decisions]
    except CannotRunError as error:
        raise DmnError(error.problem) from None


def _decided_variables(decision: Decision) -> dict[str, str]:
    """Return the outputs of a decision as variables: one value each, or those of all rules that count as a list."""
    if decision.expression is not None:
        return {decision.name: "result"}
    if decision.hit_policy in ("collect", "rule order", "output order"):
        return {decision.name: "result"}
    names = [output.name for output in decision.outputs]
    return {name: "result" if len(names) == 1 else f"result.{name}" for name in names}


def _make_api_call(node: FlowElement, reading: Reading, work: HttpWork) -> FlowNode:
    method = work.method.strip().upper()
    if method not in _METHODS:
        return make_unbound(node, reading, f"makes an HTTP request with the method {work.method!r}")
    connection, endpoint = _connection(node, work.url, reading)
    fields = ApiCallNode(
        **identity(node),
        connection=connection,
        method=cast("Method", method),
        endpoint=endpoint,
        query=work.query,
        headers=work.headers,
        body=work.body,
        outputs=work.outputs,
        timeout_seconds=work.timeout_seconds or None,
        **_retries(node, reading),
    )
    return make_node(node, reading, fields)


def _connection(node: FlowElement, url: str, reading: Reading) -> tuple[str, str]:
    """Return the Airflow connection of the address, and the path below it; credentials in the address are dropped."""
    match = _ADDRESS.fullmatch(url.strip())
    if match is None:
        reading.findings.warning(
            "DF445",
            node.element,
            f"calls the address {url[:120]!r}, whose host is not fixed",
            "create the Airflow connection 'http_default' for the host",
        )
        return "http_default", url.strip()
    scheme, host, endpoint = match[1].lower(), match[2].rpartition("@")[2].lower(), match[3]
    connection = f"http_{re.sub(r'[^a-z0-9]+', '_', host).strip('_')}"
    reading.findings.warning(
        "DF445",
        node.element,
        f"calls {scheme}://{host} through the Airflow connection {connection!r}",
        f"create the connection {connection!r} (type http, host {host}, schema {scheme}) with its credentials",
    )
    return connection, endpoint


def _retries(node: FlowElement, reading: Reading) -> dict[str, Any]:
    given = reading.first(lambda vendor: vendor.retries(node.element, reading.findings))
    if given is None:
        return {}
    delay = {} if given.delay_seconds is None else {"retry_delay_seconds": given.delay_seconds}
    return {"retries": given.retries} | delay
