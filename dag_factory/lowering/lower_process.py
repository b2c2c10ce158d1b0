"""Lowering: a checked process to the DagSpec of its Dag."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dag_factory.dag_spec import DagSpec, EdgeSpec, MapSpec, TaskSpec
from dag_factory.expressions import parse_expression
from dag_factory.lowering.loop_body import last_step
from dag_factory.lowering.params import lower_variable
from dag_factory.lowering.stopping import stoppers_of, tasks_between
from dag_factory.model.decision_table import condition_of
from dag_factory.model.exploration import Pattern, flows_of_options, flows_of_outcomes
from dag_factory.model.flat_graph import FlatGraph, Step, StepFlow
from dag_factory.model.process import Process
from dag_factory.model.variable_use import names_read, variables_before, writers_of
from dag_factory.nodes.base import EMPTY_OPERATOR, Activity
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event_race import EventRaceNode
from dag_factory.nodes.manual import ManualNode
from dag_factory.nodes.script import ScriptNode
from dag_factory.nodes.throw import ThrowNode

_OPERATORS = "dag_factory.airflow_backend.operators"
ANY_PATH = "none_failed_min_one_success"
RESULT = "result"

_GUARDS_ITSELF = ("parallel_gateway", "task")
"""Types of steps without work, whose own task can count tokens."""


def lower_process(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]], template: str) -> DagSpec:
    """Return the Dag of ``process``.

    Every flow that a choice may leave untaken, and that meets others at its target, gets an ``EmptyOperator`` of its
    own: without it two gateways that lead to one merge would skip each other's target.

    :param graph: ``flatten(process)``.
    :param patterns: ``explore(graph)``; empty where it gave up, then every parallel join is guarded.
    :param template: name of the template's file below the templates folder.
    """
    return _Lowering(process, graph, patterns).dag_spec(template)


class _Lowering:
    def __init__(self, process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> None:
        self.process = process
        self.graph = graph
        self.patterns = patterns
        self.last_step = last_step(process)
        self.declared = frozenset(variable.name for variable in process.variables)
        self.merges = self.guarded_merges()
        self.ends = [self.end_of(index) for index in range(len(graph.flows))]
        self.stoppers = stoppers_of(graph)

    def dag_spec(self, template: str) -> DagSpec:
        process = self.process
        tasks, edges = self.tasks(), self.edges()
        result = self.result_task()
        if result:
            left = {edge.upstream for edge in edges}
            edges += [EdgeSpec(upstream=task.task_id, downstream=RESULT) for task in tasks if task.task_id not in left]
            tasks.append(result)
        return DagSpec(
            dag_id=process.id,
            display_name=process.name,
            description=(process.documentation.strip().splitlines() or [""])[0][:1000],
            doc_md=self.documentation(template),
            tags=process.tags,
            template=template,
            template_version=process.version,
            schedule=process.schedule,
            params=tuple(lower_variable(variable) for variable in process.variables),
            groups=self.graph.groups,
            tasks=tuple(tasks),
            edges=tuple(edges),
            timeout_seconds=process.timeout_seconds,
            max_active_runs=process.max_active_runs,
            part_of=process.is_part_of,
        )

    def documentation(self, template: str) -> str:
        origin = f"Template `{template}`, version {self.process.version}."
        return f"{self.process.documentation.strip()}\n\n{origin}".strip()

    def end_of(self, index: int) -> str:
        """Return the task that a flow leads to: its target, or the task that stands for the flow itself."""
        flow = self.graph.flows[index]
        is_optional = self.graph.steps[flow.source].splits != "all"
        if is_optional and (len(self.graph.incoming[flow.target]) > 1 or self.is_second_way(index)):
            return f"{flow.source}.to.{flow.target}" + (f".{index}" if self.is_second_way(index) else "")
        return self.entry(flow.target)

    def entry(self, step_id: str) -> str:
        """Return the task that the flows into a step lead to: its own, or the join that guards it."""
        return self.merges.get(step_id, step_id)

    def guarded_merges(self) -> dict[str, str]:
        """Return the guards of the steps that do work themselves and may get several tokens."""
        return {
            step_id: f"{step_id}.merge"
            for step_id, step in self.graph.steps.items()
            if step.join == "merge" and step.fields.type_name not in _GUARDS_ITSELF and self.may_be_crowded(step)
        }

    def may_be_crowded(self, step: Step) -> bool:
        """Return whether data decide if an exclusive merge gets more than one token."""
        found = self.patterns.get(step.id)
        if len(self.graph.incoming[step.id]) < 2 or step.is_end:
            return False
        return found is None or {len(seen) > 1 for seen in found} == {True, False}

    def is_second_way(self, index: int) -> bool:
        """Whether an earlier flow has the same source and target."""
        flow = self.graph.flows[index]
        return any(
            self.graph.flows[other].target == flow.target for other in self.graph.outgoing[flow.source] if other < index
        )

    def tasks(self) -> list[TaskSpec]:
        tasks = [self.task(self.graph.steps[step_id]) for step_id in self.graph.order]
        for index, flow in enumerate(self.graph.flows):
            if self.ends[index] != self.entry(flow.target):
                source, target = self.graph.steps[flow.source], self.graph.steps[flow.target]
                group = target.group if source.group != target.group else source.group
                tasks.append(
                    TaskSpec(
                        task_id=self.ends[index],
                        operator=EMPTY_OPERATOR,
                        display_name=self.label(flow) or f"to {target.name}",
                        group=group,
                    )
                )
        for step_id, guard in self.merges.items():
            step = self.graph.steps[step_id]
            task = replace(self.guard(step, "one"), task_id=guard, display_name=f"to {step.name}", group=step.group)
            tasks.append(replace(task, trigger_rule=ANY_PATH))
        return tasks

    def edges(self) -> list[EdgeSpec]:
        edges = []
        for index, flow in enumerate(self.graph.flows):
            end = self.ends[index]
            edges.append(EdgeSpec(upstream=flow.source, downstream=end, label=self.label(flow)))
            if end != self.entry(flow.target):
                edges.append(EdgeSpec(upstream=end, downstream=self.entry(flow.target)))
        edges += [EdgeSpec(upstream=guard, downstream=step_id) for step_id, guard in self.merges.items()]
        return edges

    def label(self, flow: StepFlow) -> str:
        """Return what the graph shows on the arrow: its name, its reason, or nothing."""
        if flow.name:
            return flow.name
        fields = self.graph.steps[flow.source].fields
        if isinstance(fields, DecisionNode) and fields.rules and flow.flow:
            target = flow.flow.original_target or flow.flow.target
            notes = [rule.note for rule in fields.rules if rule.then == target and rule.note]
            return ", ".join(dict.fromkeys(notes)) or ("default" if fields.default == target else "")
        return flow.choice or flow.condition or ("default" if flow.is_default else "")

    def task(self, step: Step) -> TaskSpec:
        task = self.join_task(step) or self.work_task(step)
        arguments = dict(task.arguments)
        variables = self.sources(step)
        if variables:
            arguments["variables"] = variables
        if step.mapped_over and step.item_variable:
            arguments["item_variable"] = step.item_variable
        if arguments.get("stops"):
            arguments["stops"] += tasks_between(self.graph, self.ends, self.merges, arguments["stops"])
        if isinstance(step.fields, Activity) and step.id in self.stoppers:
            arguments["stopped_by"] = self.stoppers[step.id]
        return replace(
            task,
            task_id=step.id,
            display_name=step.name if step.name != step.id else "",
            doc_md=step.fields.description,
            group=step.group,
            arguments=arguments,
            trigger_rule=self.trigger_rule(step),
            map=MapSpec(over=step.mapped_over, max_concurrency=step.max_concurrency) if step.mapped_over else None,
        )

    def work_task(self, step: Step) -> TaskSpec:
        if step.items_of is not None:
            arguments = {"items": step.items_of.for_each}
            return TaskSpec(task_id=step.id, operator=f"{_OPERATORS}.items.ItemsOperator", arguments=arguments)
        task = step.fields.to_task()
        if isinstance(step.fields, DecisionNode):
            return replace(task, arguments={**task.arguments, **self.branches(step, step.fields)})
        if isinstance(step.fields, ManualNode) and self.graph.outgoing[step.id]:
            answers = flows_of_options(self.graph, step)
            branches = {option: [self.ends[index] for index in flows] for option, flows in answers.items()}
            return replace(task, arguments={**task.arguments, "branches": branches})
        if step.splits == "outcome":
            outcomes = flows_of_outcomes(self.graph, step)
            branches = {outcome: [self.ends[index] for index in sorted(flows)] for outcome, flows in outcomes.items()}
            task = replace(task, arguments={**task.arguments, "branches": branches})
        if isinstance(step.fields, EventRaceNode):
            return replace(task, arguments={**task.arguments, **self.conversation(step, step.fields)})
        if isinstance(step.fields, ScriptNode):
            passed = sorted(self.names_of_script(step, step.fields))
            return replace(task, arguments={**task.arguments, "pass_variables": passed}) if passed else task
        return task

    def conversation(self, step: Step, fields: EventRaceNode) -> dict[str, Any]:
        """Return which tasks may make the conditions of a wait true, and whether its message answers an earlier one."""
        given: dict[str, Any] = {}
        names = {name for event in fields.events if event.condition for name in parse_expression(event.condition).names}
        changed_by = sorted({item["task"] for name in names for item in self.all_writers(name)} - {step.id})
        if changed_by:
            given["changed_by"] = changed_by
        if any(event.kind == "message" for event in fields.events):
            before = self.graph.ancestors[step.id]
            if any(isinstance(self.graph.steps[one].fields, ThrowNode) for one in before):
                given["is_answer"] = True
        return given

    def branches(self, step: Step, fields: DecisionNode) -> dict[str, Any]:
        """Return the decision's branches in order, and its default."""
        leaving = [(self.graph.flows[index], self.ends[index]) for index in self.graph.outgoing[step.id]]
        if fields.rules or fields.default is not None:
            ends = {flow.flow.original_target or flow.flow.target: end for flow, end in leaving if flow.flow}
            branches = [
                {"condition": condition_of(rule), "target": ends[rule.then], "label": rule.note or rule.then}
                for rule in fields.rules
            ]
            default = {"target": ends[fields.default], "label": "default"} if fields.default is not None else None
        else:
            branches = [
                {"condition": flow.condition, "target": end, "label": self.label(flow)}
                for flow, end in leaving
                if flow.condition is not None
            ]
            default = next(
                ({"target": end, "label": flow.name or "default"} for flow, end in leaving if flow.is_default), None
            )
        arguments: dict[str, Any] = {"branches": branches}
        return arguments | {"default": default} if default else arguments

    def join_task(self, step: Step) -> TaskSpec | None:
        """Return the task that guards a join which data may bring into trouble; ``None`` where none is needed."""
        entering = frozenset(self.graph.incoming[step.id])
        if len(entering) < 2 or (step.fields.type_name not in _GUARDS_ITSELF and step.id != self.last_step):
            return None
        if step.join == "gate" and self.patterns.get(step.id) != {entering}:
            return self.guard(step, "all")
        if step.join == "merge" and self.may_be_crowded(step):
            return self.guard(step, "one")
        if step.id == self.last_step and any(len(seen) > 1 for seen in self.patterns.get(step.id, ())):
            return self.guard(step, "one")
        return None

    def guard(self, step: Step, tokens: str) -> TaskSpec:
        upstream = [
            self.ends[index] if self.ends[index] != self.entry(step.id) else self.graph.flows[index].source
            for index in self.graph.incoming[step.id]
        ]
        return TaskSpec(
            task_id=step.id,
            operator=f"{_OPERATORS}.join.JoinOperator",
            arguments={"tokens": tokens, "expected": upstream},
        )

    def trigger_rule(self, step: Step) -> str:
        if step.join == "outcome":
            return "all_done"
        if step.id in self.merges:
            return "all_success"
        if len(self.graph.incoming[step.id]) < 2 or step.join == "all":
            return "all_success"
        return ANY_PATH

    def sources(self, step: Step) -> dict[str, list[dict[str, Any]]]:
        """Return for each variable that the step reads the tasks that may have set it, nearest first."""
        names = set(names_read(self.graph, step))
        if isinstance(step.fields, ScriptNode):
            names |= self.names_of_script(step, step.fields) - {step.item_variable}
        if isinstance(step.fields, ThrowNode):
            names |= self.declared | variables_before(self.graph, step.id)
        if isinstance(step.fields, EventRaceNode):
            return {name: self.all_writers(name) for name in sorted(names)}
        return {name: self.writers(step.id, name) for name in sorted(names)}

    def writers(self, step_id: str, name: str) -> list[dict[str, Any]]:
        return [self.source(writer) for writer in writers_of(self.graph, step_id, name)]

    def source(self, writer: str) -> dict[str, Any]:
        return {"task": writer, "mapped": True} if self.graph.steps[writer].mapped_over else {"task": writer}

    def names_of_script(self, step: Step, fields: ScriptNode) -> frozenset[str]:
        """Return the variables whose names occur in the script and that can have a value there."""
        known = (
            self.declared
            | variables_before(self.graph, step.id)
            | ({step.item_variable} if step.item_variable else set())
        )
        return (fields.names_in_script() & known) - set(fields.environment) - set(fields.secrets)

    def result_task(self) -> TaskSpec | None:
        """Return the task whose value a calling template gets back; ``None`` where the process gives nothing."""
        result = self.process.result
        if not result:
            return None
        names = sorted({name for text in result.values() for name in parse_expression(text).names} - {"run"})
        variables = {name: self.all_writers(name) for name in names}
        arguments = {"result": result, "variables": variables}
        return TaskSpec(
            task_id=RESULT,
            operator=f"{_OPERATORS}.result.ResultOperator",
            display_name="Result",
            arguments=arguments,
            trigger_rule=ANY_PATH,
        )

    def all_writers(self, name: str) -> list[dict[str, Any]]:
        return [self.source(step) for step in self.graph.setters_of(name)]
