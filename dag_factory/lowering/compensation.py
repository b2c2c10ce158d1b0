"""Compensation: which activities can be undone, and the chains of steps that undo those that were completed.

A throw becomes a chain behind it. For each activity, last ones first, a check asks whether it was completed, and its
handler runs if so. Handlers are no steps of their own: each throw gets copies of those that it may need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dag_factory.lowering.graph_builder import Border
from dag_factory.lowering.renamed import renamed
from dag_factory.model.process import FlowNode, Scope
from dag_factory.model.starts import event_sub_processes, handlers_by_activity, is_start
from dag_factory.nodes.completed_check import COMPLETED, NOT_COMPLETED, CompletedCheckNode
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.task import TaskNode
from dag_factory.nodes.terminate import TerminateNode

if TYPE_CHECKING:
    from dag_factory.lowering.flatten import Flattener

DONE = "done"
"""Name of the step behind a throw at which its chain has ended."""


@dataclass
class _ScopeRecord:
    """What can be undone in a scope.

    :param exits: where each activity's steps are left, in file order.
    """

    scope: Scope
    group: str | None
    parent: _ScopeRecord | None
    exits: dict[str, Border] = field(default_factory=dict)
    inner: dict[str, _ScopeRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class _Throw:
    node: FlowNode
    reference: str
    group: str | None
    record: _ScopeRecord


@dataclass(frozen=True)
class _Undoing:
    """A handler to run, in its group, if the task ``completed`` has succeeded."""

    activity: str
    handler: FlowNode
    completed: str
    record: _ScopeRecord


class Compensations:
    """What can be undone so far, and who asks for it."""

    def __init__(self, graph: Flattener) -> None:
        self.graph = graph
        self.stack: list[_ScopeRecord] = []
        self.records: dict[int, _ScopeRecord] = {}
        self.throws: list[_Throw] = []
        self.cancels: set[str] = set()
        self.used: set[str] = set()

    def enter(self, scope: Scope, group: str | None) -> None:
        """Note that the steps that follow belong to ``scope``."""
        record = self.records.get(id(scope)) or _ScopeRecord(scope, group, self.stack[-1] if self.stack else None)
        self.records[id(scope)] = record
        if record.parent is not None:
            for node in record.parent.scope.nodes:
                if node.scope is scope:
                    record.parent.inner[node.id] = record
        self.stack.append(record)

    def leave(self) -> None:
        """Note that the scope that was entered last has no more steps."""
        self.stack.pop()

    def record(self, node: FlowNode, border: Border) -> Border:
        """Remember where an activity is left; return that."""
        self.stack[-1].exits[node.id] = border
        return border

    def throw(self, node: FlowNode, fields: EventNode, group: str | None) -> Border:
        """Remember that the step of ``node``, just added, asks for compensation; add the step behind its chain."""
        done = self.graph.helper(node, DONE, f"{node.name}: undone", "any", group)
        self.throws.append(_Throw(node, fields.reference, group, self.stack[-1]))
        if fields.definition == "cancel":
            self.cancels.add(node.id)
            self.graph.change(node.id, fields=TerminateNode.model_construct(id=node.id, name=node.fields.name))
        return Border(node.id, done.id)

    def cancellations(self, inside: Sequence[str]) -> list[str]:
        """Let the cancel events among ``inside`` end all of it; return them."""
        found = [step for step in inside if step in self.cancels]
        for step in found:
            self.cancels.discard(step)
            stops = [other for other in inside if other not in (step, f"{step}.{DONE}")]
            name = self.graph.fields_of([step])[step].name
            self.graph.change(step, fields=TerminateNode.model_construct(id=step, name=name, stops=stops, fails=False))
        return found

    def undone_by(self, inside: Sequence[str]) -> list[str]:
        """Return the steps behind the chains of the cancel events among ``inside``."""
        throwers = {throw.node.id for throw in self.throws if isinstance(throw.node.fields, EventNode)}
        cancels = {one.node.id for one in self.throws if getattr(one.node.fields, "definition", "") == "cancel"}
        return [f"{step}.{DONE}" for step in inside if step in throwers & cancels]

    def finish(self) -> None:
        """Add the chains of all throws; handlers may throw in turn."""
        place = 0
        while place < len(self.throws):
            self._chain(self.throws[place])
            place += 1

    def _chain(self, throw: _Throw) -> None:
        before: list[Border] = [Border(throw.node.id, throw.node.id)]
        for undoing in self._wanted(throw):
            check = CompletedCheckNode.model_construct(
                id=f"{throw.node.id}.{undoing.activity}",
                name=f"{undoing.handler.name}: needed?",
                task=undoing.completed,
            )
            self.graph.add(throw.node, check, throw.group)
            for border in before:
                self.graph.link_exit(border, check.id)
            handler = self._handler(throw, undoing)
            self.graph.link(check.id, handler.entry, COMPLETED)
            before = [handler, Border(check.id, check.id, NOT_COMPLETED)]
        for border in before:
            self.graph.link_exit(border, f"{throw.node.id}.{DONE}")

    def _handler(self, throw: _Throw, undoing: _Undoing) -> Border:
        """Add the steps of a handler; a second copy gets ids of its own."""
        handler = undoing.handler
        if handler.id in self.used:
            handler = renamed(handler, f"_for_{throw.node.id}")
        self.used.add(handler.id)
        self.stack.append(undoing.record)
        border = self.graph.node(handler, undoing.record.group)
        self.stack.pop()
        return border

    def _wanted(self, throw: _Throw) -> list[_Undoing]:
        record = throw.record
        if record.scope.kind == HANDLER and record.parent is not None:
            record = record.parent
        if not throw.reference:
            return list(self._undoings(record))
        while record is not None:
            if throw.reference in record.exits:
                return list(self._undoings_of(record, throw.reference))
            record = record.parent  # type: ignore[assignment]  # the loop ends at None
        return []

    def _undoings(self, record: _ScopeRecord) -> Iterator[_Undoing]:
        """Yield what undoes the activities of a scope, last ones first."""
        for activity in reversed(_in_order(record.scope)):
            if activity in record.exits:
                yield from self._undoings_of(record, activity)

    def _undoings_of(self, record: _ScopeRecord, activity: str) -> Iterator[_Undoing]:
        handler = handlers_by_activity(record.scope).get(activity)
        inner = record.inner.get(activity)
        completed = record.exits[activity].exit
        if handler is not None:
            yield _Undoing(activity, handler, completed, record)
        elif inner is not None:
            own = next(filter(None, map(_compensating, event_sub_processes(inner.scope))), None)
            if own is None:
                yield from self._undoings(inner)
            else:
                yield _Undoing(activity, own, completed, inner)


HANDLER = "handler"
"""Kind of the scope of an event sub-process once it has become a part of the scope around it."""


def _compensating(handler: FlowNode) -> FlowNode | None:
    """Return an event sub-process for compensation as a handler, ``None`` for another event."""
    assert handler.scope is not None
    for start in handler.scope.nodes:
        if is_start(start) and isinstance(start.fields, EventNode) and start.fields.definition == "compensation":
            plain = replace(start, fields=TaskNode.model_construct(id=start.id, name=start.fields.name))
            nodes = tuple(plain if node.id == start.id else node for node in handler.scope.nodes)
            return replace(handler, scope=replace(handler.scope, kind=HANDLER, nodes=nodes))
    return None


def _in_order(scope: Scope) -> list[str]:
    """Return the nodes of a scope without cycles, each after those that lead to it."""
    before: dict[str, set[str]] = {node.id: set() for node in scope.nodes}
    for flow in scope.flows:
        before[flow.target].add(flow.source)
    for node in scope.nodes:
        if isinstance(node.fields, EventNode) and node.fields.attached_to in before:
            before[node.id].add(node.fields.attached_to)
    order: list[str] = []
    while ready := [node for node, sources in before.items() if not sources - set(order) and node not in order]:
        order += ready
    return order
