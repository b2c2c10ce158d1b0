"""Model: a generated process as BPMN text, with the questions that its flow nodes ask the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise

from blocks import (
    Accompanied,
    Activity,
    Block,
    Catcher,
    Event,
    EventChoice,
    Graph,
    Guarded,
    Handled,
    Loop,
    Repeated,
    Sequence,
    Split,
    SubProcess,
    Terminated,
    Thrower,
    Undone,
    sequences_of,
)
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
    :param failing: sub-processes that an error or escalation may end.
    :param late: see ``Oracle``.
    :param undoers: compensation handlers whose order is fixed, each with the scope in which they are ordered.
    """

    content: bytes
    elements: frozenset[str]
    questions: dict[str, Question]
    holders: dict[str, str]
    failing: frozenset[str]
    late: frozenset[str]
    undoers: dict[str, str]

    def oracle(self, seed: int) -> Oracle:
        """Return a fresh oracle for one run of one leg."""
        return Oracle(seed, self.questions, self.holders, self.late)


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
    late: set[str] = field(default_factory=set)
    undoers: dict[str, str] = field(default_factory=dict)
    waits: tuple[str, bool] = ("", False)
    roots: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def model(self, body: Sequence) -> Model:
        process = f'<process id="proof" isExecutable="true">\n{self.scope(body).text()}</process>\n'
        text = f"{_HEAD}{''.join(self.roots)}{process}</definitions>\n"
        return Model(
            content=text.encode(),
            elements=frozenset(self.elements),
            questions=self.questions,
            holders=self.holders,
            failing=frozenset(self.failing),
            late=frozenset(self.late),
            undoers=self.undoers,
        )

    def definition(self, kind: str, name: str) -> str:
        """Return the definition of an event, with the root element ``name`` that it is about."""
        match kind:
            case "":
                return ""
            case "cancel":
                return "<cancelEventDefinition/>"
            case "compensation":
                reference = f' activityRef="{name}"' if name else ""
                return f"<compensateEventDefinition{reference}/>"
            case "timer":
                return "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
            case "message" | "signal":
                self.roots.append(f'<{kind} id="of_{name}" name="{name}"/>\n')
                return f'<{kind}EventDefinition {kind}Ref="of_{name}"/>'
        return f'<{kind}EventDefinition {kind}Ref="{name}"/>' if name else f"<{kind}EventDefinition/>"

    def code(self, kind: str, name: str) -> str:
        """Declare an error or escalation and return its name."""
        self.roots.append(f'<{kind} id="{name}" name="{name}" {kind}Code="{name}"/>\n')
        return name

    def new_id(self, what: str) -> str:
        element = f"{what}{next(self.numbers)}"
        self.elements.add(element)
        return element

    def scope(self, body: Sequence, held_by: str = "", fails_with: str = "", is_late: bool = False) -> _Scope:
        """Return a start event, ``body`` and an end event.

        :param held_by: the element whose events may take away the person's tasks in the scope that wait, or one with
            which it then begins.
        :param fails_with: the error in which the scope may end; empty for none.
        :param is_late: whether those are done late instead.
        """
        scope = _Scope(self)
        last = scope.node("startEvent", "start")
        around = self.waits
        if held_by or is_late:
            self.waits = (held_by, is_late)
            if not _waits(body):
                last = scope.behind(last, "userTask", "user")
                self.wait(last)
        last = scope.sequence(body, last)
        self.waits = around
        if fails_with:
            last = scope.throw_or_go_on(last, "error", fails_with, is_end=True)
        scope.behind(last, "endEvent", "end")
        return scope

    def wait(self, task: str) -> None:
        """Let a person's task wait for what the events around it want to happen."""
        held_by, is_late = self.waits
        if is_late:
            self.late.add(task)
        else:
            self.holders[task] = held_by


def _waits(body: Sequence) -> bool:
    """Return whether some person's task in ``body`` waits for the events around that."""
    return any(
        (isinstance(block, Activity) and block.is_waiting)
        or (isinstance(block, Repeated) and _waits(Sequence((block.inner,))))
        or (not isinstance(block, Guarded | Accompanied | Handled) and any(map(_waits, sequences_of(block))))
        for block in body.blocks
    )


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

    def sequence(self, body: Sequence, source: str) -> str:
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
            case Event():
                return self.event(block)
            case Thrower():
                return self.thrower(block)
            case Undone():
                return self.undone(block)
            case Terminated() | Accompanied() | Handled():
                element = self.around(block)
                return element, element

    def around(self, block: Terminated | Accompanied | Handled) -> str:
        match block:
            case Terminated():
                return self.terminated(block)
            case Accompanied():
                return self.accompanied(block)
            case Handled():
                return self.handled(block)

    def activity(self, block: Activity, inner: str) -> str:
        if block.element == "scriptTask":
            return self.node("scriptTask", "script", f"{inner}<script>true</script>", ' scriptFormat="sh"')
        element = self.node(block.element, block.element.removesuffix("Task"), inner)
        if block.is_waiting:
            self.drawing.wait(element)
        return element

    def sub_process(self, block: SubProcess, inner: str) -> str:
        element = self.drawing.new_id("sub")
        self.nodes.append(f'<subProcess id="{element}">{inner}\n{self.drawing.scope(block.body).text()}</subProcess>')
        return element

    def event_choice(self, block: EventChoice) -> tuple[str, str]:
        gateway = self.node("eventBasedGateway", "race")
        join = self.drawing.new_id("join")
        events = []
        for branch in block.branches:
            event = self.drawing.new_id("catch")
            definition = self.drawing.definition("message", event)
            self.nodes.append(f'<intermediateCatchEvent id="{event}">{definition}</intermediateCatchEvent>')
            self.flow(gateway, event)
            self.close((self.sequence(branch, event), "", ""), branch.ends, join)
            events.append(event)
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        self.drawing.questions[gateway] = Question(tuple(events), is_choice=True)
        return gateway, join

    def guarded(self, block: Guarded) -> tuple[str, str]:
        element = self.drawing.new_id("guarded")
        error = self.drawing.code("error", f"in_{element}") if block.error else ""
        if isinstance(block.inner, SubProcess):
            held_by = element if block.messages else ""
            inner = self.drawing.scope(block.inner.body, held_by, error if block.inner.may_fail else "")
            self.nodes.append(f'<subProcess id="{element}">\n{inner.text()}</subProcess>')
        else:
            self.nodes.append(f'<userTask id="{element}"/>')
            self.drawing.holders[element] = element
        join = self.drawing.new_id("join")
        self.flow(element, join)
        events = [
            self.boundary(element, kind, path, join) for path, kind in zip(block.messages, block.kinds, strict=True)
        ]
        if block.error is not None:
            self.drawing.failing.add(element)
            self.boundary(element, "error", block.error, join, error)
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        if events:
            self.drawing.questions[element] = Question((element, *events), is_choice=True)
        return element, join

    def boundary(
        self, element: str, kind: str, path: Sequence, join: str, name: str | None = None, is_interrupting: bool = True
    ) -> str:
        """Draw an event on the border of ``element``.

        :param name: of the error or escalation; ``None`` for an event that waits for something of its own.
        """
        event = self.drawing.new_id("boundary")
        definition = self.drawing.definition(kind, event if name is None else name)
        cancels = "" if is_interrupting else ' cancelActivity="false"'
        self.nodes.append(
            f'<boundaryEvent id="{event}" attachedToRef="{element}"{cancels}>{definition}</boundaryEvent>'
        )
        self.close((self.sequence(path, event), "", ""), path.ends or not is_interrupting, join)
        return event

    def event(self, block: Event) -> tuple[str, str]:
        if block.position == "link":
            first, second = self.drawing.new_id("throw"), self.drawing.new_id("catch")
            link = f'<linkEventDefinition name="{first}"/>'
            self.nodes.append(f'<intermediateThrowEvent id="{first}">{link}</intermediateThrowEvent>')
            self.nodes.append(f'<intermediateCatchEvent id="{second}">{link}</intermediateCatchEvent>')
            return first, second
        element = self.drawing.new_id(block.position)
        tag = f"intermediate{block.position.title()}Event"
        definition = self.drawing.definition(block.definition, element)
        self.nodes.append(f'<{tag} id="{element}">{definition}</{tag}>')
        return element, element

    def accompanied(self, block: Accompanied) -> str:
        element = self.drawing.new_id("accompanied")
        if isinstance(block.inner, SubProcess):
            inner = self.drawing.scope(block.inner.body, is_late=True)
            self.nodes.append(f'<subProcess id="{element}">\n{inner.text()}</subProcess>')
        else:
            self.nodes.append(f'<userTask id="{element}"/>')
            self.drawing.late.add(element)
        for path, kind in zip(block.paths, block.kinds, strict=True):
            event = self.boundary(element, kind, path, "", is_interrupting=False)
            self.drawing.questions[event] = Question((event, f"{event}_never"), is_choice=True)
        return element

    def handled(self, block: Handled) -> str:
        element = self.drawing.new_id("handled")
        scope = self.drawing.scope(block.body, element, is_late=not block.is_interrupting)
        handler = scope.handler(block.kind, block.handler, None, block.is_interrupting)
        self.nodes.append(f'<subProcess id="{element}">\n{scope.text()}</subProcess>')
        self.drawing.questions[element] = Question((element, handler), is_choice=True)
        return element

    def handler(self, kind: str, path: Sequence, name: str | None, is_interrupting: bool) -> str:
        """Draw an event sub-process in this scope and return it."""
        handler = self.drawing.new_id("handler")
        inner = _Scope(self.drawing)
        start = self.drawing.new_id("start")
        definition = self.drawing.definition(kind, start if name is None else name)
        interrupting = "true" if is_interrupting else "false"
        inner.nodes.append(f'<startEvent id="{start}" isInterrupting="{interrupting}">{definition}</startEvent>')
        inner.behind(inner.sequence(path, start), "endEvent", "end")
        self.nodes.append(f'<subProcess id="{handler}" triggeredByEvent="true">\n{inner.text()}</subProcess>')
        return handler

    def thrower(self, block: Thrower) -> tuple[str, str]:
        """Draw sub-processes in each other, the outermost in this scope."""
        thrown = self.drawing.code(block.kind, f"code{next(self.drawing.numbers)}")
        other = self.drawing.code(block.kind, f"code{next(self.drawing.numbers)}")
        codes = {"own": thrown, "other": other, "": ""}
        scope = _Scope(self.drawing)
        last = scope.sequence(block.body, scope.node("startEvent", "start"))
        last = scope.throw_or_go_on(last, block.kind, thrown, is_end=block.is_end)
        scope.behind(last, "endEvent", "end")
        for level in range(block.levels):
            around = self if level == block.levels - 1 else _Scope(self.drawing)
            here = [catcher for catcher in block.catchers if catcher.level == level]
            element, join = around.catching(block.kind, scope, here, codes)
            if around is not self:
                around.flow(around.node("startEvent", "start"), element)
                around.behind(join, "endEvent", "end")
            scope = around
        return element, join

    def catching(self, kind: str, scope: _Scope, catchers: list[Catcher], codes: dict[str, str]) -> tuple[str, str]:
        """Draw a sub-process of ``scope`` in this one, with what catches something that is thrown in it."""
        element, join = self.drawing.new_id("sub"), self.drawing.new_id("join")
        self.drawing.failing.add(element)
        for catcher in catchers:
            if catcher.is_handler:
                scope.handler(kind, catcher.path, codes[catcher.code], catcher.is_interrupting)
            else:
                self.boundary(element, kind, catcher.path, join, codes[catcher.code], catcher.is_interrupting)
        self.nodes.append(f'<subProcess id="{element}">\n{scope.text()}</subProcess>')
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        self.flow(element, join)
        return element, join

    def undone(self, block: Undone) -> tuple[str, str]:
        element = self.drawing.new_id("undone")
        scope = _Scope(self.drawing)
        last, steps = scope.node("startEvent", "start"), []
        for step in block.steps:
            entry, leave, activity = scope.undoable(step, element)
            scope.flow(last, entry)
            last = leave
            steps.append(activity)
        kind = "cancel" if block.kind == "cancel" else "compensation"
        target = "" if block.target is None else steps[block.target]
        last = scope.throw_or_go_on(last, kind, target, is_end=block.kind != "throw")
        scope.behind(last, "endEvent", "end")
        tag = "transaction" if kind == "cancel" else "subProcess"
        self.nodes.append(f'<{tag} id="{element}">\n{scope.text()}</{tag}>')
        if kind != "cancel":
            return element, element
        self.drawing.failing.add(element)
        join = self.drawing.new_id("join")
        self.boundary(element, "cancel", block.path, join, "")
        self.nodes.append(f'<exclusiveGateway id="{join}"/>')
        self.flow(element, join)
        return element, join

    def undoable(self, step: str, ordered_in: str) -> tuple[str, str, str]:
        """Draw what can be undone; return the flow nodes by which it is entered and left, and the activity that it is.

        :param ordered_in: the scope in which it is undone in a certain order; empty where nothing says in which.
        """
        match step:
            case "sub":
                element = self.drawing.new_id("sub")
                scope = _Scope(self.drawing)
                last = scope.node("startEvent", "start")
                for _ in range(2):
                    task, _, _ = scope.undoable("task", ordered_in)
                    scope.flow(last, task)
                    last = task
                scope.behind(last, "endEvent", "end")
                self.nodes.append(f'<subProcess id="{element}">\n{scope.text()}</subProcess>')
                return element, element, element
            case "both":
                split, join = self.node("parallelGateway", "split"), self.node("parallelGateway", "join")
                for _ in range(2):
                    task, _, _ = self.undoable("task", "")
                    self.flow(split, task)
                    self.flow(task, join)
                return split, join, task
            case "optional":
                split, default = self.drawing.new_id("split"), f"flow{next(self.drawing.numbers)}"
                self.nodes.append(f'<exclusiveGateway id="{split}" default="{default}"/>')
                join, flow_id = self.node("exclusiveGateway", "join"), f"flow{next(self.drawing.numbers)}"
                task, _, _ = self.undoable("task", ordered_in)
                self.flow(split, task, f"{flow_id} == 1", flow_id)
                self.flow(split, join, "", default)
                self.flow(task, join)
                self.drawing.questions[split] = Question((flow_id,))
                return split, join, task
        task, number = self.node("task", "task"), next(self.drawing.numbers)
        handler = self.node("task", "undo", attributes=' isForCompensation="true"')
        event = f'<boundaryEvent id="event{number}" attachedToRef="{task}"><compensateEventDefinition/></boundaryEvent>'
        way = f'sourceRef="event{number}" targetRef="{handler}" associationDirection="One"'
        self.nodes += [event, f'<association id="way{number}" {way}/>']
        if ordered_in:
            self.drawing.undoers[handler] = ordered_in
        return task, task, task

    def throw_or_go_on(self, source: str, kind: str, code: str, *, is_end: bool) -> str:
        """Draw a gateway that may lead to an event which throws; return the task on its other way."""
        gateway = self.drawing.new_id("check")
        broken, fine = f"flow{next(self.drawing.numbers)}", f"flow{next(self.drawing.numbers)}"
        self.nodes.append(f'<exclusiveGateway id="{gateway}" default="{fine}"/>')
        self.flow(source, gateway)
        tag = "endEvent" if is_end else "intermediateThrowEvent"
        thrown = self.node(tag, "broken", self.drawing.definition(kind, code))
        self.flow(gateway, thrown, f"{broken} == 1", broken)
        if not is_end:
            self.behind(self.behind(thrown, "task", "task"), "endEvent", "end")
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
        scope.behind(scope.sequence(block.body, first), "endEvent", "stop", "<terminateEventDefinition/>")
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
        """Draw the block at ``place`` with its gateways; return where flows enter and leave them."""
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
        return self.sequence(Sequence(branch.blocks[1:]), leave), "", ""

    def close(self, last: tuple[str, str, str], ends: bool, join: str) -> None:
        source, condition, flow = last
        self.flow(source, self.node("endEvent", "end") if ends else join, condition, flow)

    def loop(self, block: Loop) -> tuple[str, str]:
        begin = self.node("exclusiveGateway", "begin")
        last = self.sequence(block.body, begin)
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
