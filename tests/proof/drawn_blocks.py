"""The strategy that draws blocks: from one text of bytes, since thousands of small draws are slow."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
)
from graph_soundness import is_sound
from hypothesis import strategies as st

ACTIVITIES = ("task", "manualTask", "scriptTask", "userTask")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
WAITS = ("message", "signal", "timer")
INTERMEDIATE = (
    *(Event("catch", kind) for kind in WAITS),
    *(Event("throw", kind) for kind in ("message", "signal", "")),
    Event("link"),
)
MAX_DEPTH = 3
MOST_PLACES = 8
"""Places of a graph."""


def processes(
    *, is_careless: bool = False, has_events: bool = False, has_graphs: bool = False
) -> st.SearchStrategy[Sequence]:
    """Draw the body of a process.

    :param is_careless: whether paths may end even where a parallel gateway waits for them: then the process can
        deadlock. Else it is sound by construction.
    :param has_events: whether it holds events, event-based gateways and event sub-processes too.
    :param has_graphs: whether it begins with a graph, and may hold more of them.
    """
    return st.binary(min_size=60, max_size=400).map(
        lambda content: process_of(content, is_careless, has_events, has_graphs)
    )


def process_of(
    content: bytes, is_careless: bool = False, has_events: bool = False, has_graphs: bool = False
) -> Sequence:
    """Return the body of the process that ``content`` stands for."""
    place = _Place(is_careless=is_careless, has_events=has_events)
    drawer = _Drawer(content)
    if has_graphs:
        return Sequence((drawer.graph(place), *drawer.sequence(place).blocks))
    if is_careless:
        return Sequence((drawer.split(place, "parallelGateway"),))
    return drawer.sequence(place, least=1, most=4)


@dataclass(frozen=True)
class _Place:
    """Where a block stands.

    :param depth: how many blocks are around it.
    :param is_in_loop: whether a loop of the same scope is around it: a loop is left by one token, so that no path may
        end there.
    :param is_awaited: whether a parallel gateway of the same scope waits for its token.
    :param has_events: whether events may stand here; not where several instances run side by side, as a message is for
        one of them, nobody knows which.
    :param is_alone: whether all that began before in this scope must have ended when it is left here: something ends
        the scope then.
    :param may_wait: whether a person's task here may wait for an event around it.
    """

    depth: int = 0
    is_in_loop: bool = False
    is_awaited: bool = False
    is_careless: bool = False
    has_events: bool = False
    is_alone: bool = False
    may_wait: bool = False

    def may_end(self, kind: str) -> bool:
        """Whether a branch of a gateway of this kind may end here in an end event of its own."""
        if self.is_in_loop:
            return False
        return kind == "parallelGateway" or not self.is_awaited or self.is_careless

    def inside(self, *, is_in_loop: bool = False, is_awaited: bool = False) -> _Place:
        """Return the place one block further in, in the same scope."""
        return replace(
            self,
            depth=self.depth + 1,
            is_in_loop=self.is_in_loop or is_in_loop,
            is_awaited=self.is_awaited or is_awaited,
        )

    def in_new_scope(self, *, is_side_by_side: bool = False) -> _Place:
        """Return the place in a sub-process that stands here."""
        has_events = self.has_events and not is_side_by_side
        return _Place(self.depth + 1, is_careless=self.is_careless, has_events=has_events, may_wait=self.may_wait)

    def where_tasks_wait(self) -> _Place:
        """Return this place where persons' tasks may wait for the events around it, which then are the only ones."""
        return replace(self, may_wait=True, has_events=False)

    def in_ended_scope(self) -> _Place:
        """Return the place in a sub-process that stands here, and which something ends behind it."""
        return replace(self.in_new_scope(), is_in_loop=True, is_alone=True)


class _Drawer:
    """Reads choices from bytes; where they are used up, and where they are 0, the simplest one."""

    def __init__(self, content: bytes) -> None:
        self._bytes = iter(content)

    def number(self, most: int, least: int = 0) -> int:
        return least + next(self._bytes, 0) % (most - least + 1)

    def is_so(self) -> bool:
        return self.number(1) == 1

    def sequence(self, place: _Place, least: int = 0, most: int = 2, may_end: bool = False) -> Sequence:
        blocks = tuple(self.block(place) for _ in range(self.number(most, least)))
        return Sequence(blocks, ends=may_end and self.number(1 if place.is_careless else 3) == 1)

    def block(self, place: _Place) -> Block:
        kinds = (self.split, self.loop, self.sub_process, self.repeated)
        if place.has_events and place.depth < MAX_DEPTH and self.is_so():
            return self.block_with_events(place)
        number = self.number(5) if place.depth < MAX_DEPTH else 0
        return kinds[number - 2](place) if number > 1 else self.activity(place)

    def block_with_events(self, place: _Place) -> Block:
        kinds = (
            self.event_choice,
            self.guarded,
            self.thrower,
            self.handled,
            self.thrower,
            self.terminated,
            self.undone,
            self.guarded if place.is_alone else self.accompanied,
        )
        number = self.number(len(kinds) + 2)
        return kinds[number](place) if number < len(kinds) else INTERMEDIATE[self.number(len(INTERMEDIATE) - 1)]

    def activity(self, place: _Place) -> Activity:
        if place.may_wait and self.is_so():
            return Activity("userTask", is_waiting=True)
        return Activity(ACTIVITIES[self.number(len(ACTIVITIES) - 1)])

    def split(self, place: _Place, kind: str = "") -> Split:
        """Draw a gateway with its branches; at least one of them goes on, and only one is a bare flow."""
        kind = kind or GATEWAYS[self.number(len(GATEWAYS) - 1)]
        inside = place.inside(is_awaited=kind == "parallelGateway")
        branches = [self.sequence(inside, least=1, may_end=place.may_end(kind)) for _ in range(self.number(2, 1))]
        branches.append(self.sequence(inside))
        return Split(kind, tuple(branches), has_default=self.is_so())

    def loop(self, place: _Place) -> Loop:
        inside = place.inside(is_in_loop=True)
        return Loop(self.sequence(inside, least=1), self.sequence(inside), is_default_back=self.is_so())

    def graph(self, place: _Place) -> Graph:
        """Draw a graph that is sound: of one kind of gateway, with inclusive joins alone, or one tried out."""
        count = self.number(MOST_PLACES, 4)
        flows = self.flows_onward(count)
        kind = self.number(4)
        if kind <= 1:
            flows += [(self.number(count - 2), 0) for _ in range(self.number(1))] if kind else []
            flows += [self.flow_back(count) for _ in range(self.number(2))] if kind else []
            splits = joins = ("exclusiveGateway",) * count
        elif kind == 2:
            splits = joins = ("parallelGateway",) * count
        else:
            splits = self.kinds(count, GATEWAYS if kind == 3 else GATEWAYS[:2])
            joins = ("inclusiveGateway",) * count if kind == 3 else self.kinds(count, GATEWAYS[:2])
        flows = list(dict.fromkeys(flows))
        graph = Graph((None,) * count, tuple(flows), splits, joins, has_default=self.is_so())
        if kind == 4 and not is_sound(graph):
            graph = replace(graph, joins=("inclusiveGateway",) * count)
        inside = place.inside(is_in_loop=graph.is_cyclic, is_awaited="parallelGateway" in joins)
        return replace(graph, blocks=tuple(self.block_in_graph(inside) for _ in range(count)))

    def flows_onward(self, count: int) -> list[tuple[int, int]]:
        """Draw flows without a loop that lead from the first place by way of every other one to the last."""
        flows = [(self.number(place - 1), place) for place in range(1, count)]
        flows += [(self.number(place - 1), place) for place in range(1, count) if self.is_so()]
        left = {source for source, _ in flows}
        return flows + [(place, self.number(count - 1, place + 1)) for place in range(count - 1) if place not in left]

    def flow_back(self, count: int) -> tuple[int, int]:
        source = self.number(count - 2, 1)
        return source, self.number(source)

    def kinds(self, count: int, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(kinds[self.number(len(kinds) - 1)] for _ in range(count))

    def block_in_graph(self, place: _Place) -> Block | None:
        match self.number(5):
            case 0:
                return None
            case 1:
                return self.block(place)
        return self.activity(place)

    def sub_process(self, place: _Place, *, is_side_by_side: bool = False) -> SubProcess:
        return SubProcess(self.sequence(place.in_new_scope(is_side_by_side=is_side_by_side), least=1))

    def event_choice(self, place: _Place) -> EventChoice:
        inside = place.inside()
        first = self.sequence(inside, may_end=place.may_end("eventBasedGateway"))
        return EventChoice((first, *(self.sequence(inside) for _ in range(self.number(2, 1)))))

    def guarded(self, place: _Place) -> Guarded:
        inside, may_end = place.inside(), place.may_end("exclusiveGateway")
        messages = tuple(self.sequence(inside, may_end=may_end) for _ in range(self.number(2)))
        kinds = tuple(self.wait() for _ in messages)
        if messages and self.is_so():
            return Guarded(Activity("userTask"), messages, kinds)
        may_fail = not messages or self.is_so()
        error = self.sequence(inside, may_end=may_end) if may_fail else None
        body = self.body_below_events(place.in_ended_scope()) if messages else self.sequence(place.in_ended_scope())
        return Guarded(SubProcess(body, may_fail=may_fail), messages, kinds, error)

    def body_below_events(self, place: _Place) -> Sequence:
        """Draw the inside of an activity with events that wait: with tasks that wait too, or other events."""
        return self.sequence(place.where_tasks_wait() if self.is_so() else place)

    def wait(self) -> str:
        return WAITS[self.number(len(WAITS) - 1)]

    def accompanied(self, place: _Place) -> Accompanied:
        inner = SubProcess(self.body_below_events(place.in_new_scope())) if self.is_so() else Activity("userTask")
        paths = tuple(self.side_path(place.inside()) for _ in range(self.number(2, 1)))
        return Accompanied(inner, paths, tuple(self.wait() for _ in paths))

    def side_path(self, place: _Place) -> Sequence:
        """Draw a path that ends by itself: nothing waits for it."""
        return self.sequence(replace(place, is_awaited=False, is_in_loop=True), least=1)

    def handled(self, place: _Place) -> Handled:
        is_interrupting = self.is_so()
        body = self.body_below_events(place.in_new_scope())
        return Handled(body, self.sequence(place.in_new_scope(), least=1), self.wait(), is_interrupting)

    def thrower(self, place: _Place) -> Thrower:
        kind = ("error", "escalation")[self.number(1)]
        levels = self.number(2, 1)
        body = self.sequence(place.in_ended_scope())
        catchers = [found for level in range(levels) for found in self.catchers(place, kind, level)]
        is_caught = any(catcher.code != "other" for catcher in catchers)
        if kind == "error" and not is_caught:
            catchers.append(Catcher(levels - 1, "", self.sequence(place.inside())))
        return Thrower(kind, body, levels, tuple(catchers), is_end=kind == "error" or self.is_so())

    def catchers(self, place: _Place, kind: str, level: int) -> list[Catcher]:
        """Draw what catches at one level: at most one catcher that fits, as of several nothing says which is first."""
        codes = [*(("own", "", "")[self.number(2)] for _ in range(self.number(1))), *(["other"] * self.number(1))]
        return [self.catcher(place, kind, level, code) for code in codes if code != "other" or "" not in codes]

    def catcher(self, place: _Place, kind: str, level: int, code: str) -> Catcher:
        is_handler = self.is_so()
        is_interrupting = kind == "error" or place.is_alone or self.is_so()
        if is_handler:
            path = self.sequence(place.in_new_scope(), least=1)
        else:
            path = self.sequence(place.inside()) if is_interrupting else self.side_path(place.inside())
        return Catcher(level, code, path, is_interrupting, is_handler)

    def undone(self, place: _Place) -> Undone:
        steps = tuple(("task", "optional", "sub", "both")[self.number(3)] for _ in range(self.number(3, 1)))
        kind = ("throw", "end", "cancel")[self.number(2)]
        target = self.number(len(steps) - 1) if kind != "cancel" and self.is_so() else None
        return Undone(steps, kind, target, self.sequence(place.inside()) if kind == "cancel" else Sequence())

    def terminated(self, place: _Place) -> Terminated:
        return Terminated(self.sequence(place.in_ended_scope()))

    def repeated(self, place: _Place) -> Repeated:
        """Draw what runs several times; a number of no times at all is possible too."""
        kind = self.number(2)
        inner = self.sub_process(place, is_side_by_side=kind == 0) if self.is_so() else self.activity(place)
        match kind:
            case 0:
                return Repeated(inner, "parallel", self.number(3))
            case 1:
                return Repeated(inner, "sequential", self.number(3), asks=self.is_so())
        return Repeated(inner, "standard", self.number(3, 1), asks=self.is_so(), is_tested_before=self.is_so())
