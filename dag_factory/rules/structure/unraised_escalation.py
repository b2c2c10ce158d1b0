"""DF233: an event waits for an escalation that does not get to it."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.lowering.loop_members import nodes_in_loops
from dag_factory.model.process import FlowNode, Process, Scope
from dag_factory.model.starts import activity_of, event_sub_processes, is_boundary, is_start
from dag_factory.nodes.call import CallNode
from dag_factory.nodes.event import EventNode, EventPosition
from dag_factory.rules import STRUCTURE_RULES

_RAISED = (EventPosition.THROW, EventPosition.END)


@STRUCTURE_RULES.register("DF233")
def unraised_escalation(process: Process) -> Iterator[Diagnostic]:
    """Yield a warning for each event that catches an escalation which no event inside its activity or scope throws.

    An iteration of a loop, or an instance of a repeated activity, is a run of its own: its escalations stay inside.
    """
    for scope in process.scope.walk_scopes():
        nodes = {node.id: node for node in scope.nodes}
        for event in filter(is_boundary, scope.nodes):
            activity = nodes.get(activity_of(event))
            if activity is not None and not _is_raised(event, Scope(nodes=(activity,))):
                yield _found(event, isinstance(activity.fields, CallNode))
        for handler in event_sub_processes(scope):
            for event in filter(is_start, handler.scope.nodes if handler.scope else ()):
                if not _is_raised(event, scope):
                    yield _found(event, is_of_call=False)


def _is_raised(event: FlowNode, inside: Scope) -> bool:
    """Return whether ``inside`` throws an escalation that ``event`` waits for, or it waits for something else."""
    codes = {part.reference for part in _parts(event)}
    if any(part.definition != "escalation" for part in _parts(event)):
        return True
    raised = {
        part.reference
        for node in _outside_iterations(inside)
        for part in _parts(node)
        if part.definition == "escalation" and part.position in _RAISED
    }
    return bool(codes & raised) or ("" in codes and bool(raised))


def _outside_iterations(scope: Scope) -> Iterator[FlowNode]:
    """Yield the nodes in ``scope`` that do not run in an iteration of their own."""
    looping = nodes_in_loops(scope)
    for node in scope.nodes:
        if node.id not in looping and node.repetition is None:
            yield node
            yield from _outside_iterations(node.scope) if node.scope else ()


def _parts(node: FlowNode) -> list[EventNode]:
    if not isinstance(node.fields, EventNode):
        return []
    return node.fields.definitions


def _found(event: FlowNode, is_of_call: bool) -> Diagnostic:
    why = "a called process keeps its escalations to itself"
    if not is_of_call:
        why = "nothing throws its escalation there, or only an iteration of a loop, which keeps it to itself"
    return Diagnostic(
        code="DF233",
        severity=Severity.WARNING,
        message=f"the event {event.name!r} never happens: {why}",
        remedy="end the called process with an error" if is_of_call else "draw an escalation event that does",
        element=event.element or event.id,
        line=event.line,
        pointer=event.pointer,
    )
