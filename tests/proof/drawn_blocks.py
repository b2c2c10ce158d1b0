"""The strategy that draws blocks: from one text of bytes, since thousands of small draws are slow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from blocks import Activity, Block, Loop, Repeated, Sequence, Split, SubProcess
from hypothesis import strategies as st

ACTIVITIES = ("task", "manualTask", "scriptTask", "userTask")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
MAX_DEPTH = 3


def processes(*, is_careless: bool = False) -> st.SearchStrategy[Sequence]:
    """Draw the body of a process.

    :param is_careless: whether paths may end even where a parallel gateway waits for them: then the process can
        deadlock. Else it is sound by construction.
    """
    return st.binary(min_size=60, max_size=400).map(lambda content: process_of(content, is_careless=is_careless))


def process_of(content: bytes, *, is_careless: bool = False) -> Sequence:
    """Return the body of the process that ``content`` stands for."""
    place = _Place(is_careless=is_careless)
    drawer = _Drawer(content)
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
    """

    depth: int = 0
    is_in_loop: bool = False
    is_awaited: bool = False
    is_careless: bool = False

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

    def in_new_scope(self) -> _Place:
        """Return the place in a sub-process that stands here."""
        return _Place(self.depth + 1, is_careless=self.is_careless)


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
        number = self.number(5) if place.depth < MAX_DEPTH else 0
        return kinds[number - 2](place) if number > 1 else self.activity()

    def activity(self) -> Activity:
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

    def sub_process(self, place: _Place) -> SubProcess:
        return SubProcess(self.sequence(place.in_new_scope(), least=1))

    def repeated(self, place: _Place) -> Repeated:
        """Draw what runs several times; a number of no times at all is possible too."""
        inner = self.sub_process(place) if self.is_so() else self.activity()
        match self.number(2):
            case 0:
                return Repeated(inner, "parallel", self.number(3))
            case 1:
                return Repeated(inner, "sequential", self.number(3), asks=self.is_so())
        return Repeated(inner, "standard", self.number(3, 1), asks=self.is_so(), is_tested_before=self.is_so())
