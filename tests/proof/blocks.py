"""Blocks: structured processes as trees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Activity:
    """One activity that passes its token on.

    :param element: name of its BPMN element.
    """

    element: str = "task"


@dataclass(frozen=True)
class Sequence:
    """Blocks one after another; none at all is a bare flow.

    :param ends: whether the path ends in an end event of its own rather than at what closes the block around it.
    """

    blocks: tuple[Block, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Split:
    """A gateway, its branches, and a gateway of the same kind where they meet.

    :param kind: name of the gateway's element.
    :param has_default: whether the last branch is the default flow.
    :param join_kind: name of the element where they meet, where that is of another kind, and the process unsound.
    """

    kind: str
    branches: tuple[Sequence, ...]
    has_default: bool = True
    join_kind: str = ""


@dataclass(frozen=True)
class Loop:
    """``body`` runs, then a gateway leaves the loop or goes back over ``back``.

    :param is_default_back: whether the default flow is the one back.
    """

    body: Sequence
    back: Sequence
    is_default_back: bool


@dataclass(frozen=True)
class Graph:
    """Blocks joined by any flows: no nesting of gateways need fit it.

    The first block is entered, the last one left. A block that several flows enter has a gateway before it, one that
    several leave has a gateway behind it.

    :param blocks: ``None`` for a place where only gateways stand.
    :param flows: pairs of places in ``blocks``; one that leads back makes a loop.
    :param splits: names of the elements of the gateways behind the blocks.
    :param joins: the same of those before them.
    """

    blocks: tuple[Block | None, ...]
    flows: tuple[tuple[int, int], ...]
    splits: tuple[str, ...]
    joins: tuple[str, ...]
    has_default: bool = True

    @property
    def is_cyclic(self) -> bool:
        """Whether it has a loop."""
        return any(source >= target for source, target in self.flows)

    def into(self, place: int) -> list[tuple[int, int]]:
        """Return the flows that enter the block at ``place``."""
        return [flow for flow in self.flows if flow[1] == place]

    def out_of(self, place: int) -> list[tuple[int, int]]:
        """Return the flows that leave the block at ``place``."""
        return [flow for flow in self.flows if flow[0] == place]


@dataclass(frozen=True)
class SubProcess:
    """An embedded sub-process.

    :param may_fail: whether a gateway at its end may lead to an error end.
    """

    body: Sequence
    may_fail: bool = False


@dataclass(frozen=True)
class EventChoice:
    """An event-based gateway: the first of several messages chooses the branch."""

    branches: tuple[Sequence, ...]


@dataclass(frozen=True)
class Guarded:
    """A user task or sub-process with interrupting events on its border, whose paths meet its normal way.

    :param messages: the path behind each message event.
    :param error: the path behind an error event, ``None`` where there is none.
    """

    inner: Activity | SubProcess
    messages: tuple[Sequence, ...] = ()
    error: Sequence | None = None


@dataclass(frozen=True)
class Terminated:
    """A sub-process in which a person's task waits for ever beside ``body``, which ends in a terminate event."""

    body: Sequence


@dataclass(frozen=True)
class Repeated:
    """An activity or sub-process with a loop or multi-instance marker.

    :param kind: ``standard``, ``sequential`` or ``parallel``.
    :param count: number of instances, or the most of a standard loop.
    :param asks: whether a condition may end it earlier.
    """

    inner: Activity | SubProcess
    kind: str
    count: int
    asks: bool = False
    is_tested_before: bool = False


Block = Activity | Split | Loop | Graph | SubProcess | Repeated | EventChoice | Guarded | Terminated


def sequences_of(block: Block) -> tuple[Sequence, ...]:
    """Return the sequences directly inside ``block``."""
    match block:
        case Split() | EventChoice():
            return block.branches
        case Loop():
            return (block.body, block.back)
        case Graph():
            return (Sequence(tuple(filter(None, block.blocks))),)
        case SubProcess() | Terminated():
            return (block.body,)
        case Repeated():
            return sequences_of(block.inner)
        case Guarded():
            return (*sequences_of(block.inner), *block.messages, *((block.error,) if block.error else ()))
    return ()


def _holds_repeated(block: Block) -> bool:
    inside = (inner for sequence in sequences_of(block) for inner in sequence.blocks)
    return isinstance(block, Repeated) or any(map(_holds_repeated, inside))


def is_beyond_spiff(body: Sequence, is_on_loop: bool = False) -> bool:
    """Return whether ``body`` holds what SpiffWorkflow 3.2 runs otherwise than the standard says.

    - Its parallel and inclusive joins on a loop take tokens of earlier rounds for tokens of this one.
    - Its inclusive join looks for tokens still to come only along the first way into each merge, and not into
      sub-processes and repeated activities; so only plain activities may stand before it.
    - It breaks off where a repeated activity stands on the path behind a boundary event.

    :param is_on_loop: whether a loop of the same scope is around it.
    """
    return any(_is_beyond_spiff(block, is_on_loop) for block in body.blocks)


def _is_beyond_spiff(block: Block, is_on_loop: bool) -> bool:
    match block:
        case Split():
            inside = [inner for branch in block.branches for inner in branch.blocks]
            if block.kind == "inclusiveGateway" and not all(isinstance(inner, Activity) for inner in inside):
                return True
            is_join_on_loop = is_on_loop and block.kind != "exclusiveGateway"
            return is_join_on_loop or any(_is_beyond_spiff(inner, is_on_loop) for inner in inside)
        case Loop():
            return is_beyond_spiff(block.body, True) or is_beyond_spiff(block.back, True)
        case Graph():
            (inside,) = sequences_of(block)
            is_join_on_loop = is_on_loop and "parallelGateway" in block.joins
            is_inclusive = "inclusiveGateway" in block.joins
            return is_inclusive or is_join_on_loop or is_beyond_spiff(inside, is_on_loop or block.is_cyclic)
        case SubProcess():
            return is_beyond_spiff(block.body)
        case Repeated():
            return _is_beyond_spiff(block.inner, False)
        case EventChoice():
            return any(is_beyond_spiff(branch, is_on_loop) for branch in block.branches)
        case Guarded():
            paths = [*block.messages, *([block.error] if block.error else [])]
            if any(_holds_repeated(inner) for path in paths for inner in path.blocks):
                return True
            return _is_beyond_spiff(block.inner, False) or any(is_beyond_spiff(path, is_on_loop) for path in paths)
        case Terminated():
            return is_beyond_spiff(block.body)
    return False
