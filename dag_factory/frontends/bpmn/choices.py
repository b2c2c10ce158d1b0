"""A pass: a gateway whose flows have no conditions lets a person choose, or a parameter of the run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.expressions import parse_expression
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import variable_name_from
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow, Variable
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.manual import ManualNode

MAX_OPTIONS = 50
MAX_LABEL = 100


def make_choices(process: Process, findings: Findings) -> Process:
    """Return ``process`` with a way to choose at each gateway that has none.

    Where the gateway follows only the task of one person, that person chooses; else a parameter of the run does.
    """
    maker = _ChoiceMaker(process, findings)
    scope = maker.choose_in(process.scope)
    return replace(process, scope=scope, variables=(*process.variables, *maker.variables))


@dataclass(frozen=True, slots=True)
class _Gateway:
    """A gateway to choose at, with the flows that leave it."""

    node: FlowNode
    is_inclusive: bool
    leaving: Sequence[SequenceFlow]

    @property
    def bare(self) -> list[SequenceFlow]:
        """The flows that say nothing about when they are taken."""
        return [flow for flow in self.leaving if flow.condition is None and not flow.is_default]

    @property
    def has_default(self) -> bool:
        """Whether a flow is marked as the default."""
        return any(flow.is_default for flow in self.leaving)

    @property
    def has_conditions(self) -> bool:
        """Whether a flow has a condition."""
        return any(flow.condition is not None for flow in self.leaving)


class _ChoiceMaker:
    def __init__(self, process: Process, findings: Findings) -> None:
        self.is_scheduled = bool(process.schedule.crons or process.schedule.interval_seconds)
        self.findings = findings
        self.variables: list[Variable] = []
        self.names = {variable.name for variable in process.variables}

    def choose_in(self, scope: Scope) -> Scope:
        nodes = tuple(replace(node, scope=self.choose_in(node.scope)) if node.scope else node for node in scope.nodes)
        scope = replace(scope, nodes=nodes)
        for node in nodes:
            if isinstance(node.fields, DecisionNode):
                leaving = [flow for flow in scope.flows if flow.source == node.id]
                scope = self.choose_at(_Gateway(node, node.fields.mode == "inclusive", leaving), scope)
        return scope

    def choose_at(self, gateway: _Gateway, scope: Scope) -> Scope:
        if not gateway.bare or len(gateway.leaving) < 2:
            return scope
        if gateway.has_conditions:
            return self.complete(gateway, scope)
        labels = _labels(gateway.leaving, scope)
        name = self.new_name(gateway.node)
        conditions = {
            flow.id: _condition(name, labels[flow.id], gateway.is_inclusive)
            for flow in gateway.leaving
            if not flow.is_default
        }
        flows = tuple(replace(flow, condition=conditions.get(flow.id, flow.condition)) for flow in scope.flows)
        chosen = replace(scope, flows=flows)
        person = _person_before(gateway.node, scope)
        if person and len(labels) <= MAX_OPTIONS:
            return _ask(person, name, list(labels.values()), gateway.is_inclusive, chosen)
        self.add_variable(gateway, labels, name)
        return chosen

    def complete(self, gateway: _Gateway, scope: Scope) -> Scope:
        """Take the only flow without a condition as the default; several are left for the rule that reports them."""
        bare = gateway.bare
        if len(bare) != 1 or gateway.is_inclusive or gateway.has_default:
            return scope
        problem = f"has one flow without a condition ({bare[0].name or bare[0].target}), taken when no other is"
        self.add("DF222", Severity.WARNING, gateway.node, problem, "mark it as the default flow")
        flows = tuple(replace(flow, is_default=True) if flow is bare[0] else flow for flow in scope.flows)
        return replace(scope, flows=flows)

    def add_variable(self, gateway: _Gateway, labels: dict[str, str], name: str) -> None:
        options = list(labels.values())
        marked = next((labels[flow.id] for flow in gateway.leaving if flow.is_default), None)
        default = options[0] if marked is None and self.is_scheduled else marked
        self.variables.append(_variable(gateway, name, options, default))
        if marked is None and self.is_scheduled:
            problem = (
                f"has no conditions; runs that the schedule starts take {default!r}, "
                f"others what the parameter {name!r} says"
            )
            self.add(
                "DF224", Severity.WARNING, gateway.node, problem, "mark the flow for scheduled runs as the default"
            )
        else:
            problem = f"has no conditions; the parameter {name!r} of a run chooses between {', '.join(options)}"
            self.add("DF223", Severity.INFO, gateway.node, problem, "")

    def new_name(self, gateway: FlowNode) -> str:
        base = name = variable_name_from(f"choice_{gateway.id}")
        number = 1
        while name in self.names:
            number += 1
            name = f"{base[:90]}_{number}"
        self.names.add(name)
        return name

    def add(self, code: str, severity: Severity, gateway: FlowNode, problem: str, remedy: str) -> None:
        self.findings.diagnostics.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=f"gateway {gateway.name!r} {problem}",
                remedy=remedy,
                element=gateway.element or gateway.id,
                line=gateway.line,
            )
        )


def _variable(gateway: _Gateway, name: str, options: list[str], default: str | None) -> Variable:
    is_list = gateway.is_inclusive
    return Variable(
        name=name,
        type="array" if is_list else "string",
        default=[default] if is_list and default is not None else default,
        is_required=default is None,
        title=gateway.node.name,
        description=f"Which way to go: {', '.join(options)}",
        choices=() if is_list else tuple(options),
        constraints={"items": {"type": "string", "enum": options}} if is_list else None,
    )


def _labels(flows: Sequence[SequenceFlow], scope: Scope) -> dict[str, str]:
    """Return a label for each flow by its id: its name, else its target's, all of them different."""
    names = {node.id: node.name for node in scope.nodes}
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for flow in flows:
        base = one_line(flow.name or names.get(flow.target, flow.target), MAX_LABEL) or flow.id[:MAX_LABEL]
        label, number = base, 1
        while label in taken:
            number += 1
            label = f"{base[: MAX_LABEL - 7]} ({number})"
        taken.add(label)
        labels[flow.id] = label
    return labels


def _condition(name: str, label: str, is_inclusive: bool) -> str:
    text = json.dumps(label, ensure_ascii=False)
    return parse_expression(f"{text} in {name}" if is_inclusive else f"{name} == {text}").text


def _person_before(gateway: FlowNode, scope: Scope) -> FlowNode | None:
    """Return the manual node that is the only one before ``gateway``, and that leads nowhere else."""
    entering = [flow for flow in scope.flows if flow.target == gateway.id]
    if len(entering) != 1 or entering[0].condition is not None:
        return None
    source = next((node for node in scope.nodes if node.id == entering[0].source), None)
    if source is None or not isinstance(source.fields, ManualNode) or source.repetition:
        return None
    return source if sum(flow.source == source.id for flow in scope.flows) == 1 else None


def _ask(person: FlowNode, name: str, options: list[str], is_inclusive: bool, scope: Scope) -> Scope:
    """Return ``scope`` with ``person`` asked for the way to go."""
    assert isinstance(person.fields, ManualNode)
    changes = {
        "options": options,
        "multiple": is_inclusive,
        "outputs": person.fields.outputs | {name: "choices" if is_inclusive else "choice"},
    }
    asked = replace(person, fields=person.fields.model_copy(update=changes))
    return replace(scope, nodes=tuple(asked if node is person else node for node in scope.nodes))
