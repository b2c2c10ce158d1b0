"""Model: a generated process as BPMN text, with the questions that its flow nodes ask the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise

from blocks import Activity, Block, EventChoice, Graph, Guarded, Loop, Repeated, Sequence, Split, SubProcess, Terminated
from oracle import Oracle, Question

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="proof">\n'
)


@dataclass(frozen=True)
class Model:
    """A process, ready for every leg of the proof.

    :param content: the BPMN file; its process is called ``proof``.
    :param elements: ids of all its flow nodes.
    :param questions: what its flow nodes ask.
    :param holders: see ``Oracle``.
    :param failing: sub-processes that an error may end.
    """

    content: bytes
    elements: frozenset[str]
    questions: dict[str, Question]
    holders: dict[str, str]
    failing: frozenset[str]

    def oracle(self, seed: int) -> Oracle:
        """Return a fresh oracle for one run of one leg."""
        return Oracle(seed, self.questions, self.holders)


def draw_model(body: Sequence) -> Model:
    """Return the model of a process that consists of ``body``."""
    return _Drawing().model(body)


@dataclass
class _Drawing:
    """Writes one process; every flow node and flow gets an id of its own."""

    elements: set[str] = field(default_factory=set)
    questions: dict[str, Question] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def model(self, body: Sequence) -> Model:
        process = f'<process id="proof" isExecutable="true">\n{self.scope(body)}</process>\n'
        messages = "".join(f'<message id="of_{name}" name="{name}"/>\n' for name in self.messages)
        errors = "".join(f'<error id="in_{name}" name="{name}" errorCode="{name}"/>\n' for name in sorted(self.failing))
        text = f"{_HEAD}{errors}{messages}{process}</definitions>\n"
        return Model(text.encode(), frozenset(self.elements), self.questions, self.holders, frozenset(self.failing))

    def new_id(self, what: str) -> str:
        element = f"{what}{next(self.numbers)}"
        self.elements.add(element)
        return element

    def scope(self, body: Sequence, held_by: str = "", fails_with: str = "") -> str:
        """Return a start event, ``body`` and an end event.

        :param held_by: the element whose events may take away the person's task with which the scope then begins.
        :param fails_with: the element whose error event catches the error in which the scope may end; empty for none.
        """
        scope = _Scope(self)
        last = scope.node("startEvent", "start")
        if held_by:
            last = scope.behind(last, "userTask", "user")
            self.holders[last] = held_by
        last = scope.sequence(body, last, "")
        if fails_with:
            last = scope.fail_or_go_on(last, fails_with)
        scope.behind(last, "endEvent", "end")
        return scope.text()


@dataclass
class _Scope:
    """The flow nodes and flows of one process or sub-process."""

    drawing: _Drawing
    nodes: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(f"{line}\n" for line in (*self.nodes, *self.flows))

    def node(self, tag: str, what: str, inner: str = "", attributes: str = "") -> str:
        element = self.drawing.new_id(what)
        self.nodes.append(f'<{tag} id="{element}"{attributes}>{inner}</{tag}>')
        return element

    def flow(self, source: str, target: str, condition: str = "", flow_id: str = "") -> None:
        flow_id = flow_id or f"flow{next(self.drawing.numbers)}"
        inner = (
            f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>' if condition else ""
        )
        self.flows.append(
            f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )

    def behind(self, source: str, tag: str, what: str, inner: str = "") -> str:
        """Draw one flow node behind ``source`` and return it."""
        element = self.node(tag, what, inner)
        self.flow(source, element)
        return element

    def sequence(self, body: Sequence, source: str, condition: str) -> str:
        """Draw ``body`` behind ``source``; return its last flow node."""
        for block in body.blocks:
            source = self.block(block, source)
        return source

    def block(self, block: Block, source: str) -> str:
        entry, leave = self.place(block)
        self.flow(source, entry)
        return leave

    def place(self, block: Block) -> tuple[str, str]:
        """Draw ``block``; return the flow nodes by which it is entered and left."""
        match block:
            case Activity():
                element = self.activity(block, "")
                return element, element
            case SubProcess():
                element = self.sub_process(block, "")
                return element, element
            case Repeated():
                element = self.repeated(block)
                return element, element
            case Split():
                return self.split(block)
            case Loop():
                return self.loop(block)
            case Graph():
                return self.graph(block)
            case EventChoice():
                return self.event_choice(block)
            case Guarded():
                return self.guarded(block)
            case Terminated():
                element = self.terminated(block)
                return element, element

    def activity(self, block: Activity, inner: str) -> str:
        if block.element == "scriptTask":
            return self.node("scriptTask", "script", f"{inner}<script>true</script>", ' scriptFormat="sh"')
        return self.node(block.element, block.element.removesuffix("Task"), inner)

    def sub_process(self, block: SubProcess, inner: str) -> str:
        element = self.drawing.new_id("sub")
        self.nodes.append(f'<subProcess id="{element}">{inner}\n{self.drawing.scope(block.body)}</subProcess>')
        return element

    def event_choice(self, block: EventChoice) -> tuple[str, str]:
        gateway = self.node("eventBasedGateway", "race")
        join = self.drawing.new_id("join")
        events = []
        for branch in block.branches:
            event = self.drawing.new_id("catch")
            self.nodes.append(f'<intermediateCatchEvent id="{event}">{self.message(event)}</intermediateCatchEvent>')
            self.flow(gateway, event)
            self.close((self.sequence(branch, event, ""), "", ""), branch.ends, join)
            events.append(event)
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        self.drawing.questions[gateway] = Question(tuple(events), is_choice=True)
        return gateway, join

    def message(self, name: str) -> str:
        """Return the definition of a message event; each waits for a message of its own."""
        self.drawing.messages.append(name)
        return f'<messageEventDefinition messageRef="of_{name}"/>'

    def guarded(self, block: Guarded) -> tuple[str, str]:
        element = self.drawing.new_id("guarded")
        if isinstance(block.inner, SubProcess):
            held_by = element if block.messages else ""
            inner = self.drawing.scope(block.inner.body, held_by, element if block.inner.may_fail else "")
            self.nodes.append(f'<subProcess id="{element}">\n{inner}</subProcess>')
        else:
            self.nodes.append(f'<userTask id="{element}"/>')
            self.drawing.holders[element] = element
        join = self.drawing.new_id("join")
        self.flow(element, join)
        events = [self.boundary(element, self.message, path, join) for path in block.messages]
        if block.error is not None:
            self.drawing.failing.add(element)
            self.boundary(element, lambda name: _error(element), block.error, join)
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        if events:
            self.drawing.questions[element] = Question((element, *events), is_choice=True)
        return element, join

    def boundary(self, element: str, definition: Callable[[str], str], path: Sequence, join: str) -> str:
        event = self.drawing.new_id("boundary")
        self.nodes.append(f'<boundaryEvent id="{event}" attachedToRef="{element}">{definition(event)}</boundaryEvent>')
        self.close((self.sequence(path, event, ""), "", ""), path.ends, join)
        return event

    def fail_or_go_on(self, source: str, fails_with: str) -> str:
        """Draw a gateway that may lead to an error end; return the task on its other way."""
        gateway = self.drawing.new_id("check")
        broken, fine = f"flow{next(self.drawing.numbers)}", f"flow{next(self.drawing.numbers)}"
        self.nodes.append(f'<exclusiveGateway id="{gateway}" default="{fine}"/>')
        self.flow(source, gateway)
        error = self.node("endEvent", "broken", _error(fails_with))
        self.flow(gateway, error, f"{broken} == 1", broken)
        task = self.node("task", "fine")
        self.flow(gateway, task, "", fine)
        self.drawing.questions[gateway] = Question((broken,))
        return task

    def terminated(self, block: Terminated) -> str:
        element = self.drawing.new_id("sub")
        scope = _Scope(self.drawing)
        split = scope.behind(scope.node("startEvent", "start"), "parallelGateway", "split")
        waiting = scope.behind(split, "userTask", "user")
        self.drawing.holders[waiting] = ""
        scope.behind(waiting, "endEvent", "end")
        first = scope.behind(split, "task", "task")
        scope.behind(scope.sequence(block.body, first, ""), "endEvent", "stop", "<terminateEventDefinition/>")
        self.nodes.append(f'<subProcess id="{element}">\n{scope.text()}</subProcess>')
        return element

    def repeated(self, block: Repeated) -> str:
        number = next(self.drawing.numbers)
        inner = _marker(block, f"again{number}")
        place = self.sub_process if isinstance(block.inner, SubProcess) else self.activity
        element = place(block.inner, inner)
        if block.asks:
            self.drawing.questions[element] = Question((f"again{number}",), is_count=True)
        return element

    def split(self, block: Split) -> tuple[str, str]:
        is_choice = block.kind != "parallelGateway"
        split = self.drawing.new_id("split")
        place = len(self.nodes)
        joined, answers, default = [], [], ""
        for number, branch in enumerate(block.branches, start=1):
            flow = f"flow{next(self.drawing.numbers)}"
            is_default = is_choice and block.has_default and number == len(block.branches)
            default = flow if is_default else default
            condition = f"{flow} == 1" if is_choice and not is_default else ""
            answers += [flow] if condition else []
            joined.append((self.branch(branch, split, condition, flow), branch.ends))
        attributes = f' default="{default}"' if default else ""
        self.nodes.insert(place, f'<{block.kind} id="{split}"{attributes}/>')
        if is_choice:
            self.drawing.questions[split] = Question(tuple(answers), may_all_be_false=bool(default))
        join = self.node(block.join_kind or block.kind, "join")
        for last, ends in joined:
            self.close(last, ends, join)
        return split, join

    def graph(self, block: Graph) -> tuple[str, str]:
        ids = {flow: f"flow{next(self.drawing.numbers)}" for flow in block.flows}
        borders = [self.place_in_graph(block, place, ids) for place in range(len(block.blocks))]
        for source, target in block.flows:
            others = block.out_of(source)
            is_choice = len(others) > 1 and block.splits[source] != "parallelGateway"
            is_default = block.has_default and (source, target) == others[-1]
            flow_id = ids[source, target]
            condition = f"{flow_id} == 1" if is_choice and not is_default else ""
            self.flow(borders[source][1], borders[target][0], condition, flow_id)
        return borders[0][0], borders[-1][1]

    def place_in_graph(self, block: Graph, place: int, ids: dict[tuple[int, int], str]) -> tuple[str, str]:
        """Draw the block at ``place`` with its gateways; return the flow nodes by which all that is entered and left."""
        parts: list[tuple[str, str]] = []
        if len(block.into(place)) + (place == 0) > 1:
            join = self.node(block.joins[place], "join")
            parts.append((join, join))
        inner, leaving = block.blocks[place], block.out_of(place)
        if inner is not None:
            parts.append(self.place(inner))
        if len(leaving) > 1:
            split = self.split_of_graph(block, place, [ids[flow] for flow in leaving])
            parts.append((split, split))
        if not parts:
            task = self.node("task", "task")
            parts.append((task, task))
        for (_, source), (target, _) in pairwise(parts):
            self.flow(source, target)
        return parts[0][0], parts[-1][1]

    def split_of_graph(self, block: Graph, place: int, leaving: list[str]) -> str:
        kind = block.splits[place]
        split = self.drawing.new_id("split")
        if kind == "parallelGateway":
            self.nodes.append(f'<{kind} id="{split}"/>')
            return split
        default = leaving[-1] if block.has_default else ""
        attributes = f' default="{default}"' if default else ""
        self.nodes.append(f'<{kind} id="{split}"{attributes}/>')
        flows = block.out_of(place)
        onward = next(name for name, (source, target) in zip(leaving, flows, strict=True) if target > source)
        way_out = onward if any(target <= source for source, target in flows) else ""
        answers = tuple(name for name in leaving if name != default)
        self.drawing.questions[split] = Question(answers, way_out, may_all_be_false=bool(default))
        return split

    def branch(self, branch: Sequence, split: str, condition: str, flow: str) -> tuple[str, str, str]:
        """Draw a branch; return its last flow node, and condition and id of the flow that is still to be drawn."""
        if not branch.blocks:
            return split, condition, flow
        entry, leave = self.place(branch.blocks[0])
        self.flow(split, entry, condition, flow)
        return self.sequence(Sequence(branch.blocks[1:]), leave, ""), "", ""

    def close(self, last: tuple[str, str, str], ends: bool, join: str) -> None:
        source, condition, flow = last
        self.flow(source, self.node("endEvent", "end") if ends else join, condition, flow)

    def loop(self, block: Loop) -> tuple[str, str]:
        begin = self.node("exclusiveGateway", "begin")
        last = self.sequence(block.body, begin, "")
        choice = self.drawing.new_id("again")
        way_out, way_back = f"flow{next(self.drawing.numbers)}", f"flow{next(self.drawing.numbers)}"
        default = way_back if block.is_default_back else way_out
        self.nodes.append(f'<exclusiveGateway id="{choice}" default="{default}"/>')
        self.flow(last, choice)
        out = self.node("task", "out")
        self.flow(choice, out, "" if default == way_out else f"{way_out} == 1", way_out)
        self.close(
            self.branch(block.back, choice, "" if default == way_back else f"{way_back} == 1", way_back), False, begin
        )
        asked = way_out if block.is_default_back else way_back
        self.drawing.questions[choice] = Question((asked,), way_out=way_out)
        return begin, out


def _error(element: str) -> str:
    """Return the definition of the error that the event on the border of ``element`` catches."""
    return f'<errorEventDefinition errorRef="in_{element}"/>'


def _marker(block: Repeated, variable: str) -> str:
    """Return the marker; its condition is about ``variable``, which is 1 while another iteration is wanted, else 0."""
    if block.kind == "standard":
        before = "true" if block.is_tested_before else "false"
        inner = f"<loopCondition>{variable} == 1</loopCondition>" if block.asks else ""
        name = "standardLoopCharacteristics"
        return f'<{name} loopMaximum="{block.count}" testBefore="{before}">{inner}</{name}>'
    inner = f"<loopCardinality>{block.count}</loopCardinality>"
    inner += f"<completionCondition>{variable} == 0</completionCondition>" if block.asks else ""
    name, is_sequential = "multiInstanceLoopCharacteristics", "true" if block.kind == "sequential" else "false"
    return f'<{name} isSequential="{is_sequential}">{inner}</{name}>'
