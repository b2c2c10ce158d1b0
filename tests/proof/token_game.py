"""The token game: a process run as the BPMN standard says, token by token, without any thought of Airflow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from oracle import Oracle
from run_record import RunRecord

from dag_factory.expressions import parse_expression
from dag_factory.model.process import FlowNode, Process, Repetition, Scope, SequenceFlow
from dag_factory.model.starts import entry_nodes
from dag_factory.nodes.decision import DecisionNode
from dag_factory.nodes.parallel_gateway import ParallelGatewayNode

Continuation = Callable[[], None]


def play(process: Process, oracle: Oracle) -> RunRecord:
    """Return how one run of ``process`` goes when ``oracle`` decides."""
    return _Game(oracle).play(process.scope)


@dataclass
class _ScopeRun:
    """One instance of a process or sub-process.

    :param tokens: number of tokens on each flow, by its id.
    :param busy: how often each flow node is running, by its id.
    :param done: what follows once neither tokens nor running flow nodes are left.
    """

    scope: Scope
    done: Continuation
    tokens: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
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
        self.moves: deque[Continuation] = deque()
        self.runs: list[_ScopeRun] = []
        self.end = "deadlock"

    def play(self, scope: Scope) -> RunRecord:
        self.enter(scope, lambda: self.finish("success"))
        while self.end == "deadlock" and (self.moves or self.fire_an_inclusive_join()):
            if self.moves:
                self.moves.popleft()()
        return RunRecord(self.executed, self.end)

    def finish(self, end: str) -> None:
        self.end = end

    def enter(self, scope: Scope, done: Continuation) -> None:
        run = _ScopeRun(scope, done)
        self.runs.append(run)
        for node in entry_nodes(scope):
            self.begin(run, node)

    def begin(self, run: _ScopeRun, node: FlowNode) -> None:
        run.busy[node.id] += 1
        self.moves.append(lambda: self.activate(run, node))

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

    def activate(self, run: _ScopeRun, node: FlowNode) -> None:
        def leave() -> None:
            self.leave(run, node)

        if node.repetition is None:
            self.perform(node, leave)
        else:
            self.repeat(node, node.repetition, leave)

    def perform(self, node: FlowNode, then: Continuation) -> None:
        """Do once what ``node`` does."""

        def count() -> None:
            self.executed[node.element or node.id] += 1
            then()

        if node.scope is None:
            count()
        else:
            self.enter(node.scope, count)

    def repeat(self, node: FlowNode, repetition: Repetition, then: Continuation) -> None:
        wanted = self.oracle.visit(node.element or node.id)

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
                self.perform(node, lambda: self.moves.append(lambda: go_on(completed + 1)))

        if repetition.kind == "parallel" and int(repetition.cardinality or 0):
            self.side_by_side(node, int(repetition.cardinality or 0), then)
        else:
            go_on(0)

    def side_by_side(self, node: FlowNode, count: int, then: Continuation) -> None:
        missing = [count]

        def one_is_done() -> None:
            missing[0] -= 1
            if not missing[0]:
                then()

        for _ in range(count):
            self.moves.append(lambda: self.perform(node, one_is_done))

    def leave(self, run: _ScopeRun, node: FlowNode) -> None:
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
        if not isinstance(node.fields, DecisionNode):
            return flows
        values = self.oracle.visit(node.element or node.id)
        true = [flow for flow in flows if flow.condition and parse_expression(flow.condition).is_true(values)]
        default = [flow for flow in flows if flow.is_default]
        found = true or default
        return (found if node.fields.mode == "inclusive" else found[:1]) or None


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
