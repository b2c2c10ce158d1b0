"""A pass: a gateway whose flows have no conditions lets a person choose, or a parameter of the run."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.expressions import parse_expression
from dag_factory.frontends.bpmn.expression_text import literal_text
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import variable_name_from
from dag_factory.frontends.bpmn.namespaces import one_line
from dag_factory.model.cycle import cycles
from dag_factory.model.process import FlowNode, Process, Scope, SequenceFlow, Variable
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.manual import ManualNode
from dag_factory.nodes.task import TaskNode

MAX_OPTIONS = 50
MAX_LABEL = 100


def make_choices(process: Process, findings: Findings, is_automatic: bool) -> Process:
    """Return ``process`` with a way to choose at each gateway that has none.

    Where the gateway follows only the task of one person, that person chooses. Where it lies on a loop, a person is
    asked each time, since a parameter would give the same answer in each round. Else a parameter of the run chooses.

    :param is_automatic: runs begin by themselves, and nobody gives them parameters.
    """
    maker = _ChoiceMaker(process, findings, is_automatic)
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


def _passing_on(gateway: FlowNode) -> FlowNode:
    """Return a gateway whose only flow is always taken as a step without work."""
    fields = gateway.fields
    step = TaskNode(id=gateway.id, name=fields.name, description=fields.description)
    return replace(gateway, fields=step)


class _ScopeIndex:
    """The flows and nodes of one scope by where they stand, and what becomes of them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.nodes = {node.id: node for node in scope.nodes}
        self.flows = {flow.id: flow for flow in scope.flows}
        self.leaving: dict[str, list[SequenceFlow]] = defaultdict(list)
        self.entering: dict[str, list[SequenceFlow]] = defaultdict(list)
        for flow in scope.flows:
            self.leaving[flow.source].append(flow)
            self.entering[flow.target].append(flow)

    @cached_property
    def on_cycles(self) -> frozenset[str]:
        """Ids of the nodes that a path leads from to themselves."""
        return frozenset[str]().union(*cycles(self.scope))

    def result(self) -> Scope:
        """Return the scope with the nodes and flows as they are now, in the old order."""
        return replace(self.scope, nodes=tuple(self.nodes.values()), flows=tuple(self.flows.values()))


class _ChoiceMaker:
    def __init__(self, process: Process, findings: Findings, is_automatic: bool) -> None:
        self.is_automatic = is_automatic
        self.findings = findings
        self.variables: list[Variable] = []
        self.names = {variable.name for variable in process.variables}
        self.ids = {node.id for node in process.scope.walk()}

    def choose_in(self, scope: Scope) -> Scope:
        nodes = tuple(replace(node, scope=self.choose_in(node.scope)) if node.scope else node for node in scope.nodes)
        index = _ScopeIndex(replace(scope, nodes=nodes))
        for node in nodes:
            if isinstance(node.fields, DecisionNode):
                gateway = _Gateway(node, node.fields.mode == "inclusive", index.leaving[node.id])
                self.choose_at(gateway, index)
        return index.result()

    def choose_at(self, gateway: _Gateway, index: _ScopeIndex) -> None:
        if not gateway.bare:
            return
        if len(gateway.leaving) == 1:
            index.nodes[gateway.node.id] = _passing_on(gateway.node)
            return
        if gateway.has_conditions:
            self.complete(gateway, index)
            return
        labels = _labels(gateway.leaving, index)
        name = self.new_name(gateway.node)
        for flow in gateway.bare:
            index.flows[flow.id] = replace(
                index.flows[flow.id], condition=_condition(name, labels[flow.id], gateway.is_inclusive)
            )
        person = _person_before(gateway.node, index)
        if person and len(labels) <= MAX_OPTIONS:
            index.nodes[person.id] = _asked(person, name, list(labels.values()), gateway.is_inclusive)
        elif gateway.node.id in index.on_cycles and len(labels) <= MAX_OPTIONS:
            self.insert_person(gateway, labels, name, index)
        else:
            self.add_variable(gateway, labels, name)

    def insert_person(self, gateway: _Gateway, labels: dict[str, str], name: str, index: _ScopeIndex) -> None:
        """Put a request to a person before a gateway."""
        node = gateway.node
        step_id = self.new_id(f"{node.id[:80]}_choice")
        options = list(labels.values())
        groups = [literal_text(node.lane)] if node.lane else []
        name_of_step = one_line(f"{node.name}: which way")
        fields = ManualNode(id=step_id, name=name_of_step, options=options, stop_on=[], candidate_groups=groups)
        person = FlowNode(
            id=step_id, element=node.element or node.id, fields=fields, join=node.join, lane=node.lane, line=node.line
        )
        index.nodes[step_id] = _asked(person, name, options, gateway.is_inclusive)
        index.nodes[node.id] = replace(node, join="")
        for flow in index.entering[node.id]:
            index.flows[flow.id] = replace(index.flows[flow.id], target=step_id)
        index.flows[f"{node.id}.choice"] = SequenceFlow(
            id=f"{node.id}.choice", source=step_id, target=node.id, line=node.line
        )
        problem = (
            f"has no conditions and lies on a loop; a person chooses between {', '.join(labels.values())} each time"
        )
        self.add("DF225", Severity.INFO, node, problem, "")

    def complete(self, gateway: _Gateway, index: _ScopeIndex) -> None:
        """Say when the flows without a condition are taken that stand beside others with one."""
        bare = gateway.bare
        names = ", ".join(flow.name or flow.target for flow in bare)
        if gateway.is_inclusive:
            problem = f"has flows without a condition ({names}), which are always taken"
            self.add("DF226", Severity.WARNING, gateway.node, problem, "give each one a condition")
            for flow in bare:
                index.flows[flow.id] = replace(flow, condition="true")
        elif len(bare) == 1 and not gateway.has_default:
            problem = f"has one flow without a condition ({names}), taken when no other is"
            self.add("DF222", Severity.WARNING, gateway.node, problem, "mark it as the default flow")
            index.flows[bare[0].id] = replace(bare[0], is_default=True)
        else:
            self.choose_rest(gateway, names, index)

    def choose_rest(self, gateway: _Gateway, names: str, index: _ScopeIndex) -> None:
        """Let a parameter choose among the flows without a condition where no condition is true."""
        rest = [flow for flow in gateway.leaving if flow.condition is None]
        labels, name = _labels(rest, index), self.new_name(gateway.node)
        for flow in gateway.bare:
            del index.flows[flow.id]
            index.flows[flow.id] = replace(flow, condition=_condition(name, labels[flow.id], False))
        problem = f"has several flows without a condition ({names}) beside others with one, which count first"
        self.add("DF227", Severity.WARNING, gateway.node, problem, "give each one a condition")
        self.add_variable(replace(gateway, leaving=rest), labels, name)

    def add_variable(self, gateway: _Gateway, labels: dict[str, str], name: str) -> None:
        options = list(labels.values())
        marked = next((labels[flow.id] for flow in gateway.leaving if flow.is_default), None)
        default = options[0] if marked is None and self.is_automatic else marked
        self.variables.append(_variable(gateway, name, options, default))
        if marked is None and self.is_automatic:
            problem = (
                f"has no conditions; runs that begin by themselves take {default!r}, "
                f"others what the parameter {name!r} says"
            )
            self.add("DF224", Severity.WARNING, gateway.node, problem, "mark the flow for those runs as the default")
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

    def new_id(self, base: str) -> str:
        step_id, number = base, 1
        while step_id in self.ids:
            number += 1
            step_id = f"{base}_{number}"
        self.ids.add(step_id)
        return step_id

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


def _labels(flows: Sequence[SequenceFlow], index: _ScopeIndex) -> dict[str, str]:
    """Return a label for each flow by its id: its name, else its target's, all of them different."""
    labels: dict[str, str] = {}
    used: Counter[str] = Counter()
    for flow in flows:
        target = index.nodes[flow.target].name if flow.target in index.nodes else flow.target
        label = one_line(flow.name or target, MAX_LABEL) or flow.id[:MAX_LABEL]
        while used[label]:
            used[label] += 1
            label = f"{label[: MAX_LABEL - 8]} ({used[label]})"
        used[label] += 1
        labels[flow.id] = label
    return labels


def _condition(name: str, label: str, is_inclusive: bool) -> str:
    text = json.dumps(label, ensure_ascii=False)
    return parse_expression(f"{text} in {name}" if is_inclusive else f"{name} == {text}").text


def _person_before(gateway: FlowNode, index: _ScopeIndex) -> FlowNode | None:
    """Return the manual node that is the only one before ``gateway``, and that leads nowhere else."""
    entering = index.entering[gateway.id]
    if len(entering) != 1 or entering[0].condition is not None:
        return None
    source = index.nodes.get(entering[0].source)
    if source is None or not isinstance(source.fields, ManualNode) or source.repetition:
        return None
    return source if len(index.leaving[source.id]) == 1 else None


def _asked(person: FlowNode, name: str, options: list[str], is_inclusive: bool) -> FlowNode:
    """Return ``person`` asked for the way to go."""
    assert isinstance(person.fields, ManualNode)
    changes = {
        "options": options,
        "multiple": is_inclusive,
        "outputs": person.fields.outputs | {name: "choices" if is_inclusive else "choice"},
    }
    return replace(person, fields=person.fields.model_copy(update=changes))
