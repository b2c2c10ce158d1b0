"""Model: a generated process as BPMN text, with the questions that its flow nodes ask the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from blocks import Activity, Block, Loop, Repeated, Sequence, Split, SubProcess
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
    """

    content: bytes
    elements: frozenset[str]
    questions: dict[str, Question]

    def oracle(self, seed: int) -> Oracle:
        """Return a fresh oracle for one run of one leg."""
        return Oracle(seed, self.questions)


def draw_model(body: Sequence) -> Model:
    """Return the model of a process that consists of ``body``."""
    return _Drawing().model(body)


@dataclass
class _Drawing:
    """Writes one process; every flow node and flow gets an id of its own."""

    elements: set[str] = field(default_factory=set)
    questions: dict[str, Question] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def model(self, body: Sequence) -> Model:
        text = f'{_HEAD}<process id="proof" isExecutable="true">\n{self.scope(body)}</process>\n</definitions>\n'
        return Model(text.encode(), frozenset(self.elements), dict(self.questions))

    def new_id(self, what: str) -> str:
        element = f"{what}{next(self.numbers)}"
        self.elements.add(element)
        return element

    def scope(self, body: Sequence) -> str:
        """Return a start event, ``body`` and an end event."""
        scope = _Scope(self)
        start = scope.node("startEvent", "start")
        last = scope.sequence(body, start, "")
        scope.flow(last, scope.node("endEvent", "end"))
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

    def activity(self, block: Activity, inner: str) -> str:
        if block.element == "scriptTask":
            return self.node("scriptTask", "script", f"{inner}<script>true</script>", ' scriptFormat="sh"')
        return self.node(block.element, block.element.removesuffix("Task"), inner)

    def sub_process(self, block: SubProcess, inner: str) -> str:
        element = self.drawing.new_id("sub")
        self.nodes.append(f'<subProcess id="{element}">{inner}\n{self.drawing.scope(block.body)}</subProcess>')
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
