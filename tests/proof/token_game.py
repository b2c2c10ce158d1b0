"""The token game: a process run as the BPMN standard says, token by token, without any thought of Airflow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from oracle import Oracle
from run_record import RunRecord, handlers_in_order

from dag_factory.expressions import parse_expression
from dag_factory.model.process import FlowNode, Process, Repetition, Scope, SequenceFlow
from dag_factory.model.starts import entry_nodes, handlers_by_activity
from dag_factory.nodes.base import NodeFields
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.event import EventNode
from dag_factory.nodes.event_gateway import EventGatewayNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode

Continuation = Callable[[], None]

_WAITS = ("message", "signal", "timer")
"""What an event waits for that nothing in the process throws."""


def play(process: Process, oracle: Oracle, undoers: Mapping[str, str]) -> RunRecord:
    """Return how one run of ``process`` goes when ``oracle`` decides.

    :param undoers: see ``handlers_in_order``.
    """
    game = _Game(oracle)
    end = game.play(process.scope)
    return RunRecord(game.executed, end, handlers_in_order(game.undone, undoers))


@dataclass(eq=False)
class Activation:
    """A flow node that is running, or has run."""

    run: _ScopeRun
    node: FlowNode
    is_over: bool = False


@dataclass
class _ScopeRun:
    """One instance of a process or sub-process.

    :param tokens: number of tokens on each flow, by its id.
    :param busy: how often each flow node is running, by its id.
    :param active: the flow nodes that are running.
    :param completed: activities that were completed, in that order, each with the last instance of its scope.
    :param done: what follows once neither tokens nor running flow nodes are left.
    :param around: the sub-process that it is an instance of.
    """

    scope: Scope
    done: Continuation
    around: Activation | None = None
    tokens: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    completed: list[tuple[FlowNode, _ScopeRun | None]] = field(default_factory=list)
    active: list[Activation] = field(default_factory=list)
    is_done: bool = False

    def __post_init__(self) -> None:
        self.nodes = {node.id: node for node in self.scope.nodes}
        self.incoming = {node: [flow for flow in self.scope.flows if flow.target == node] for node in self.nodes}
        self.outgoing = {node: [flow for flow in self.scope.flows if flow.source == node] for node in self.nodes}

    def take(self, flow: SequenceFlow) -> None:
        self.tokens[flow.id] -= 1
        if not self.tokens[flow.id]:
            del self.tokens[flow.id]

    def rest(self, node: FlowNode) -> None:
        self.busy[node.id] -= 1
        if not self.busy[node.id]:
            del self.busy[node.id]


class _Game:
    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.executed: Counter[str] = Counter()
        self.undone: list[str] = []
        self.moves: deque[Continuation] = deque()
        self.runs: list[_ScopeRun] = []
        self.happenings: deque[Continuation] = deque()
        self.late: deque[Continuation] = deque()
        self.end = "deadlock"

    def play(self, scope: Scope) -> str:
        self.enter(scope, lambda: self.finish("success"))
        while self.end == "deadlock":
            if not self.moves and self.fire_an_inclusive_join():
                continue
            queue = next(filter(None, (self.moves, self.happenings, self.late)), None)
            if not queue:
                break
            queue.popleft()()
        return self.end

    def finish(self, end: str) -> None:
        self.end = end

    def enter(self, scope: Scope, done: Continuation, around: Activation | None = None) -> _ScopeRun:
        run = _ScopeRun(scope, done, around)
        self.runs.append(run)
        waiting = [handler for handler, event in _handlers(scope) if event.definition in _WAITS]
        for handler in self.to_happen(waiting):
            self.happenings.append(lambda handler=handler: self.handle(run, handler))  # type: ignore[misc]
        for node in entry_nodes(scope):
            self.begin(run, node)
        return run

    def begin(self, run: _ScopeRun, node: FlowNode) -> None:
        run.busy[node.id] += 1
        here = Activation(run, node)
        run.active.append(here)
        self.moves.append(lambda: self.activate(here))

    def arrive(self, run: _ScopeRun, flow: SequenceFlow) -> None:
        """Put a token on ``flow``, and let its target begin where that one is enough."""
        run.tokens[flow.id] += 1
        node = run.nodes[flow.target]
        if isinstance(node.fields, ParallelGatewayNode):
            if all(run.tokens[other.id] for other in run.incoming[node.id]):
                for other in run.incoming[node.id]:
                    run.take(other)
                self.begin(run, node)
        elif not _is_inclusive_join(run, node):
            run.take(flow)
            self.begin(run, node)

    def fire_an_inclusive_join(self) -> bool:
        """Let one inclusive join begin that waits for nothing any more; return whether there was one."""
        for run in self.runs:
            for node in run.scope.nodes:
                arrived = [flow for flow in run.incoming[node.id] if run.tokens[flow.id]]
                if arrived and _is_inclusive_join(run, node) and not self.is_awaited(run, node):
                    for flow in arrived:
                        run.take(flow)
                    self.begin(run, node)
                    return True
        return False

    def is_awaited(self, run: _ScopeRun, join: FlowNode) -> bool:
        """Whether some token can still reach an empty way into ``join`` and none of those that are taken."""
        empty = {flow.id for flow in run.incoming[join.id] if not run.tokens[flow.id]}
        taken = {flow.id for flow in run.incoming[join.id] if run.tokens[flow.id]}
        waiting = [[flow] for flow in run.scope.flows if run.tokens[flow.id] and flow.target != join.id]
        running = [run.outgoing[node] for node in run.busy]
        for flows in waiting + running:
            ahead = _flows_ahead(run, flows, join.id)
            if ahead & empty and not ahead & taken:
                return True
        return False

    def activate(self, here: Activation) -> None:
        run, node = here.run, here.node
        if run.is_done or here.is_over:
            return

        def leave() -> None:
            if not here.is_over:
                here.is_over = True
                run.active.remove(here)
                self.leave(run, node)

        waiting = [event for event in run.scope.nodes if any(_is_boundary(event, node, kind) for kind in _WAITS)]
        for event in self.to_happen(waiting):
            self.happenings.append(lambda event=event: self.catch(here, event))  # type: ignore[misc]
        if node.repetition is None:
            self.perform(here, leave)
        else:
            self.repeat(here, node.repetition, leave)

    def to_happen(self, events: Iterable[FlowNode]) -> list[FlowNode]:
        """Return which of ``events`` happen; the oracle is asked once for all of them that exclude each other."""
        askers = {event.id: self.oracle.asking(_element(event)) for event in events}
        for asking in dict.fromkeys(askers.values()):
            self.oracle.visit(asking)
        return [event for event in events if self.oracle.answers[askers[event.id]][_element(event)]]

    def catch(self, here: Activation, event: FlowNode) -> None:
        """Go on with an event on the border of an activity, and end that where the event interrupts."""
        if here.run.is_done or here.is_over:
            return
        assert isinstance(event.fields, EventNode)
        if event.fields.is_interrupting:
            here.is_over = True
            here.run.active.remove(here)
            for inner in [run for run in self.runs if _is_inside(run, here)]:
                self.cancel(inner)
            here.run.rest(here.node)
        self.begin(here.run, event)

    def handle(self, run: _ScopeRun, handler: FlowNode) -> None:
        """Run an event sub-process of a scope; where it interrupts, instead of all else there."""
        if run.is_done:
            return
        (event,) = (found for node, found in _handlers(run.scope) if node is handler)
        if event.is_interrupting:
            for inner in [other for other in self.runs if _is_under(other, run)]:
                self.cancel(inner)
            for here in run.active:
                here.is_over = True
            run.active.clear()
            run.tokens.clear()
            run.busy.clear()
        self.begin(run, handler)

    def cancel(self, run: _ScopeRun) -> None:
        run.is_done = True
        self.runs.remove(run)

    def throw(self, run: _ScopeRun, fields: EventNode) -> None:
        """Let the nearest event around take an error or escalation; without one an error makes the process fail."""
        inside: _ScopeRun | None = run
        while inside is not None:
            for handler, event in _handlers(inside.scope):
                if _takes(event, fields):
                    self.handle(inside, handler)
                    return
            around = inside.around
            for other in around.run.scope.nodes if around else ():
                assert around is not None
                if _is_boundary(other, around.node, fields.definition) and _takes(other.fields, fields):
                    self.catch(around, other)
                    return
            inside = around.run if around else None
        if fields.definition == "error":
            self.finish("failed")

    def undo(self, here: Activation, handlers: list[FlowNode], then: Continuation) -> None:
        """Run compensation handlers one after another."""
        if not handlers:
            then()
            return
        self.undone.append(_element(handlers[0]))
        self.perform(Activation(here.run, handlers[0]), lambda: self.undo(here, handlers[1:], then))

    def undone_by(self, here: Activation, count: Continuation) -> None:
        """Go on behind a compensation; a cancel end leaves its transaction by the event on its border."""
        assert isinstance(here.node.fields, EventNode)
        if here.node.fields.definition == "compensation":
            count()
            return
        self.executed[_element(here.node)] += 1
        around = here.run.around
        assert around is not None
        (event,) = (other for other in around.run.scope.nodes if _is_boundary(other, around.node, "cancel"))
        self.catch(around, event)

    def terminate(self, run: _ScopeRun) -> None:
        """End a scope at once."""
        for inner in [other for other in self.runs if _is_under(other, run)]:
            self.cancel(inner)
        self.cancel(run)
        run.done()

    def perform(self, here: Activation, then: Continuation) -> None:
        """Do once what a flow node does."""
        node = here.node
        element = _element(node)
        if self.oracle.is_held(element):
            return

        inner: _ScopeRun | None = None

        def count() -> None:
            if not here.run.is_done and not here.is_over:
                self.executed[element] += 1
                here.run.completed.append((node, inner))
                then()

        if node.scope is not None:
            inner = self.enter(node.scope, count, here)
        elif _throws(node, "compensation", "cancel"):
            assert isinstance(node.fields, EventNode)
            self.undo(here, list(_undoings(here.run, node.fields.reference)), lambda: self.undone_by(here, count))
        elif element in self.oracle.late:
            self.late.append(count)
        elif _is_wait(here.run, node):
            self.happenings.append(count)
        elif _throws(node, "error", "escalation"):
            assert isinstance(node.fields, EventNode)
            self.executed[element] += 1
            self.throw(here.run, node.fields)
            then()
        elif _is_end(node, "terminate"):
            self.executed[element] += 1
            self.terminate(here.run)
        else:
            count()

    def repeat(self, here: Activation, repetition: Repetition, then: Continuation) -> None:
        node = here.node
        wanted = self.oracle.visit(_element(node))

        def is_true(completed: int) -> bool:
            assert repetition.condition is not None
            values = {name: int(completed < number) for name, number in wanted.items()}
            return parse_expression(repetition.condition).is_true(values)

        def is_over(completed: int) -> bool:
            if repetition.kind == "standard":
                is_stopped = repetition.condition is not None and not is_true(completed)
                return is_stopped or completed == repetition.maximum
            is_stopped = bool(completed) and repetition.condition is not None and is_true(completed)
            return is_stopped or completed == int(repetition.cardinality or 0)

        def go_on(completed: int) -> None:
            is_asked = completed > 0 or repetition.kind != "standard" or repetition.is_tested_before
            if is_asked and is_over(completed):
                then()
            else:
                self.perform(here, lambda: self.moves.append(lambda: go_on(completed + 1)))

        if repetition.kind == "parallel" and int(repetition.cardinality or 0):
            self.side_by_side(here, int(repetition.cardinality or 0), then)
        else:
            go_on(0)

    def side_by_side(self, here: Activation, count: int, then: Continuation) -> None:
        missing = [count]

        def one_is_done() -> None:
            missing[0] -= 1
            if not missing[0]:
                then()

        for _ in range(count):
            self.moves.append(lambda: self.perform(here, one_is_done))

    def leave(self, run: _ScopeRun, node: FlowNode) -> None:
        if run.is_done:
            return
        run.rest(node)
        flows = self.chosen(run, node)
        if flows is None:
            self.finish("failed")
            return
        for flow in flows:
            self.arrive(run, flow)
        if not run.busy and not run.tokens and not run.is_done:
            run.is_done = True
            self.runs.remove(run)
            run.done()

    def chosen(self, run: _ScopeRun, node: FlowNode) -> Iterable[SequenceFlow] | None:
        """Return the flows that get a token, ``None`` where a gateway has no way on."""
        flows = run.outgoing[node.id]
        if isinstance(node.fields, EventGatewayNode):
            chosen = self.oracle.chosen(_element(node))
            return [flow for flow in flows if _element(run.nodes[flow.target]) == chosen]
        if not isinstance(node.fields, DecisionNode):
            return flows
        values = self.oracle.visit(_element(node))
        true = [flow for flow in flows if flow.condition and parse_expression(flow.condition).is_true(values)]
        default = [flow for flow in flows if flow.is_default]
        found = true or default
        return (found if node.fields.mode == "inclusive" else found[:1]) or None


def _is_inside(run: _ScopeRun, place: Activation) -> bool:
    """Whether ``run`` is a part of what a flow node does."""
    around = run.around
    while around is not None:
        if around.run is place.run and around.node is place.node:
            return True
        around = around.run.around
    return False


def _is_under(run: _ScopeRun, outer: _ScopeRun) -> bool:
    """Whether ``run`` is a scope inside ``outer``."""
    around = run.around
    while around is not None:
        if around.run is outer:
            return True
        around = around.run.around
    return False


def _handlers(scope: Scope) -> Iterator[tuple[FlowNode, EventNode]]:
    """Yield the event sub-processes of a scope with the events that start them."""
    for node in scope.nodes:
        if node.scope is not None and node.scope.kind == "event":
            for inner in node.scope.nodes:
                if isinstance(inner.fields, EventNode) and inner.fields.position == "start":
                    yield node, inner.fields


def _is_wait(run: _ScopeRun, node: FlowNode) -> bool:
    """Return whether ``node`` waits for an event; the events behind an event-based gateway do not, the gateway does."""
    fields = node.fields
    if isinstance(fields, EventGatewayNode):
        return True
    if not isinstance(fields, EventNode) or fields.position != "catch" or fields.definition not in _WAITS:
        return False
    before = [run.nodes[flow.source].fields for flow in run.incoming[node.id]]
    return not any(isinstance(one, EventGatewayNode) for one in before)


def _throws(node: FlowNode, *definitions: str) -> bool:
    fields = node.fields
    is_thrown = isinstance(fields, EventNode) and fields.position in ("throw", "end")
    return is_thrown and fields.definition in definitions


def _undoings(run: _ScopeRun, reference: str) -> Iterator[FlowNode]:
    """Yield the handlers that undo what was completed in a scope, last first.

    :param reference: the only activity to undo; empty for all of them.
    """
    handlers = handlers_by_activity(run.scope)
    for node, inner in reversed(run.completed):
        if reference not in ("", node.id):
            continue
        if node.id in handlers:
            yield handlers[node.id]
        elif inner is not None:
            yield from _undoings(inner, "")


def _takes(catching: NodeFields, thrown: EventNode) -> bool:
    """Return whether an event catches what ``thrown`` throws; one without a code catches any."""
    if not isinstance(catching, EventNode) or catching.definition != thrown.definition:
        return False
    return catching.reference in ("", thrown.reference)


def _element(node: FlowNode) -> str:
    return node.element or node.id


def _is_boundary(node: FlowNode, activity: FlowNode, definition: str) -> bool:
    fields = node.fields
    return isinstance(fields, EventNode) and fields.attached_to == activity.id and fields.definition == definition


def _is_end(node: FlowNode, definition: str) -> bool:
    fields = node.fields
    return isinstance(fields, EventNode) and fields.position == "end" and fields.definition == definition


def _is_inclusive_join(run: _ScopeRun, node: FlowNode) -> bool:
    return node.join == "any" and len(run.incoming[node.id]) > 1


def _flows_ahead(run: _ScopeRun, flows: Iterable[SequenceFlow], join: str) -> set[str]:
    """Return ``flows`` and those that tokens on them may take before they come to ``join``."""
    found: set[str] = set()
    ahead = list(flows)
    while ahead:
        current = ahead.pop()
        if current.id not in found:
            found.add(current.id)
            ahead += run.outgoing[current.target] if current.target != join else []
    return found
