"""Repetition markers (standard loop, multi-instance) become loops or ``parallel`` nodes over a body of their own."""

from __future__ import annotations

from dataclasses import replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.interrupted import ends_early, interruptible_nodes
from dag_factory.model.process import FlowNode, Process, Repetition, Scope
from dag_factory.nodes.base import Activity
from dag_factory.nodes.call import CallNode
from dag_factory.nodes.loop import LoopNode
from dag_factory.nodes.parallel import ParallelNode


def extract_repetitions(process: Process) -> tuple[tuple[Process, ...], tuple[Diagnostic, ...]]:
    """Return ``process`` without repetition markers, the processes of the bodies, and notes for the author.

    - A standard loop or a sequential multi-instance is a loop whose iterations are runs of the activity's own Dag.
    - A parallel multi-instance of an activity is mapped over its collection; one of a sub-process, or of a step
      without an operator of its own, calls a Dag for each item. With a completion condition its instances run one after
      another, as nothing could stop the others.
    """
    bodies: list[Process] = []
    notes: list[Diagnostic] = []
    scope = _extract(process, process.scope, bodies, notes, process.is_stopped_with_owner)
    inner = [extract_repetitions(body) for body in bodies]
    found = (replace(process, scope=scope), *(item for processes, _ in inner for item in processes))
    return found, (*notes, *(note for _, more in inner for note in more))


def _extract(process: Process, scope: Scope, bodies: list[Process], notes: list[Diagnostic], is_stopped: bool) -> Scope:
    """Return ``scope`` without repetition markers.

    :param is_stopped: whether an event around the scope may end it.
    """
    nodes: list[FlowNode] = []
    is_stopped = is_stopped or ends_early(scope)
    interruptible = interruptible_nodes(scope)
    for node in scope.nodes:
        is_ended = is_stopped or node.id in interruptible
        if node.repetition is not None and not _says_how_often(node.repetition):
            notes.append(_runs_once(node))
            node = replace(node, repetition=None)
        if node.repetition is not None:
            first = len(bodies)
            nodes.append(_repeated(process, node, node.repetition, bodies, notes))
            bodies[first:] = [replace(body, is_stopped_with_owner=is_ended) for body in bodies[first:]]
        elif node.scope is not None:
            nodes.append(replace(node, scope=_extract(process, node.scope, bodies, notes, is_ended)))
        else:
            nodes.append(node)
    return replace(scope, nodes=tuple(nodes))


def _says_how_often(repetition: Repetition) -> bool:
    if repetition.kind == "standard":
        return repetition.condition is not None or repetition.maximum is not None
    return repetition.collection is not None or repetition.cardinality is not None


def _repeated(
    process: Process, node: FlowNode, repetition: Repetition, bodies: list[Process], notes: list[Diagnostic]
) -> FlowNode:
    once = replace(node, repetition=None)
    is_side_by_side = repetition.kind == "parallel" and repetition.condition is None
    if repetition.kind == "parallel" and not is_side_by_side:
        notes.append(_one_after_another(node))
    if is_side_by_side and node.scope is None and isinstance(node.fields, Activity):
        child = replace(once, id=f"{node.id}_each", fields=once.fields.model_copy(update={"id": f"{node.id}_each"}))
        return _parallel(node, repetition, child)
    body = _body(process, once, repetition)
    bodies.append(body)
    if is_side_by_side:
        return _parallel(node, repetition, _call(node, body, repetition))
    return replace(once, scope=None, fields=_loop(node, body, repetition))


def _parallel(node: FlowNode, repetition: Repetition, child: FlowNode) -> FlowNode:
    items = repetition.collection or f"range({repetition.cardinality})"
    fields = ParallelNode.model_construct(
        id=node.id,
        name=node.fields.name,
        description=node.fields.description,
        children=[child.fields],
        for_each=items,
        item=repetition.item,
    )
    return replace(node, fields=fields, repetition=None, scope=Scope(nodes=(child,)))


def _body(process: Process, node: FlowNode, repetition: Repetition) -> Process:
    inside = Scope(nodes=(node,)).walk()
    sets = sorted({name for one in inside for name in one.fields.variables_set()})
    return Process(
        id=f"{process.id}.{node.id}",
        element=node.element or node.id,
        name=f"{process.name or process.id}: {node.name}",
        documentation=f"One instance of `{node.name}` of `{process.id}`; started by it.",
        version=process.version,
        tags=(*process.tags, "loop-body"),
        scope=Scope(nodes=(node,)),
        result={name: f"coalesce({name}, null)" for name in sets} or None,
        join_is_explicit=process.join_is_explicit,
        has_open_variables=True,
        is_part_of=process.is_part_of or process.id,
        outer_variables=process.variable_names() | {repetition.item},
        line=node.line,
        pointer=node.pointer,
    )


def _loop(node: FlowNode, body: Process, repetition: Repetition) -> LoopNode:
    is_standard = repetition.kind == "standard"
    return LoopNode.model_construct(
        id=node.id,
        name=node.fields.name,
        description=node.fields.description,
        body=body.id,
        sets=sorted(body.result or {}),
        again={"": ""},
        items=repetition.collection,
        count=repetition.cardinality,
        item=repetition.item,
        repeat_while=repetition.condition if is_standard else None,
        stop_when=None if is_standard else repetition.condition,
        is_tested_before=repetition.is_tested_before,
        maximum=repetition.maximum,
    )


def _call(node: FlowNode, body: Process, repetition: Repetition) -> FlowNode:
    """Return the call of the body for one item; its further inputs are filled in once the body is known."""
    call = f"{node.id}_each"
    fields = CallNode(
        id=call,
        name=node.fields.name,
        template=body.id,
        variables={repetition.item: f"${{{repetition.item}}}"},
        outputs={name: f"result.{name}" for name in body.result or {}},
    )
    return FlowNode(id=call, element=node.element or node.id, fields=fields, line=node.line, pointer=node.pointer)


def _runs_once(node: FlowNode) -> Diagnostic:
    return Diagnostic(
        code="DF211",
        severity=Severity.WARNING,
        message=f"the repetition marker of {node.name!r} does not say how often, so it runs once",
        remedy="give the marker a condition, a collection or a number of instances",
        element=node.element or node.id,
        line=node.line,
        pointer=node.pointer,
    )


def _one_after_another(node: FlowNode) -> Diagnostic:
    return Diagnostic(
        code="DF210",
        severity=Severity.WARNING,
        message=f"the instances of {node.name!r} run one after another, because its completion condition may end them",
        remedy="leave out the completion condition to run them side by side",
        element=node.element or node.id,
        line=node.line,
        pointer=node.pointer,
    )


def with_inputs(process: Process, inputs: dict[str, frozenset[str]]) -> Process:
    """Return ``process`` with the inputs of its bodies filled in.

    :param inputs: for each body by its Dag id, the variables that its iterations read.
    """

    def fill(scope: Scope) -> Scope:
        return replace(scope, nodes=tuple(filled(node) for node in scope.nodes))

    def filled(node: FlowNode) -> FlowNode:
        if node.scope is not None:
            node = replace(node, scope=fill(node.scope))
        fields = node.fields
        if isinstance(fields, LoopNode) and fields.body in inputs:
            return replace(node, fields=fields.model_copy(update={"inputs": sorted(inputs[fields.body])}))
        if isinstance(fields, CallNode) and fields.template in inputs:
            more = {name: f"${{{name}}}" for name in sorted(inputs[fields.template])}
            return replace(node, fields=fields.model_copy(update={"variables": {**more, **fields.variables}}))
        return node

    return replace(process, scope=fill(process.scope))
