"""Blocks: structured processes as trees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Activity:
    """One activity that passes its token on.

    :param element: name of its BPMN element.
    :param is_waiting: whether it is a person's task that is not done before the events around it have happened.
    """

    element: str = "task"
    is_waiting: bool = False


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

    :param messages: the path behind each event that waits.
    :param kinds: what each of those waits for: ``message``, ``signal`` or ``timer``.
    :param error: the path behind an error event, ``None`` where there is none.
    """

    inner: Activity | SubProcess
    messages: tuple[Sequence, ...] = ()
    kinds: tuple[str, ...] = ()
    error: Sequence | None = None


@dataclass(frozen=True)
class Terminated:
    """A sub-process in which a person's task waits for ever beside ``body``, which ends in a terminate event."""

    body: Sequence


@dataclass(frozen=True)
class Event:
    """An intermediate event that happens whenever a token comes.

    :param position: ``catch``, ``throw``, or ``link`` for a pair of links.
    :param definition: ``timer``, ``message``, ``signal``, or empty for none.
    """

    position: str
    definition: str = ""


@dataclass(frozen=True)
class Accompanied:
    """A user task or sub-process with non-interrupting events on its border, whose paths end by themselves.

    :param kinds: what each event waits for.
    """

    inner: Activity | SubProcess
    paths: tuple[Sequence, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Handled:
    """A sub-process with an event sub-process that waits.

    :param kind: what for.
    """

    body: Sequence
    handler: Sequence
    kind: str
    is_interrupting: bool


@dataclass(frozen=True)
class Catcher:
    """What catches an error or escalation.

    :param level: how many sub-processes lie between it and the one that throws.
    :param code: ``own`` for the one that is thrown, ``other`` for a different one, empty for any.
    :param is_handler: whether it is an event sub-process inside rather than an event on the border.
    """

    level: int
    code: str
    path: Sequence
    is_interrupting: bool = True
    is_handler: bool = False


@dataclass(frozen=True)
class Thrower:
    """Sub-processes in each other, the innermost of which may throw once its body is done.

    :param kind: ``error`` or ``escalation``.
    :param levels: number of sub-processes.
    :param is_end: whether it throws in an end event.
    """

    kind: str
    body: Sequence
    levels: int
    catchers: tuple[Catcher, ...]
    is_end: bool = True


@dataclass(frozen=True)
class Undone:
    """A sub-process, or transaction, of activities with compensation handlers, which it may undo at its end.

    :param steps: ``task``, ``optional`` (a gateway may pass it by), ``sub`` (a sub-process of two tasks) or ``both``
        (two tasks side by side).
    :param kind: ``throw``, ``end``, or ``cancel`` for a transaction.
    :param target: place of the only step to undo, ``None`` for all.
    :param path: what follows the cancel event of a transaction.
    """

    steps: tuple[str, ...]
    kind: str
    target: int | None = None
    path: Sequence = Sequence()


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


Block = (
    Activity
    | Split
    | Loop
    | Graph
    | SubProcess
    | Repeated
    | EventChoice
    | Guarded
    | Terminated
    | Event
    | Accompanied
    | Handled
    | Thrower
)


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
        case Accompanied():
            return (*sequences_of(block.inner), *block.paths)
        case Handled():
            return (block.body, block.handler)
        case Undone():
            return (block.path,)
        case Thrower():
            return (block.body, *(catcher.path for catcher in block.catchers))
    return ()


def _holds_repeated(block: Block) -> bool:
    inside = (inner for sequence in sequences_of(block) for inner in sequence.blocks)
    return isinstance(block, Repeated) or any(map(_holds_repeated, inside))


def is_beyond_spiff(body: Sequence, is_on_loop: bool = False) -> bool:
    """Return whether ``body`` holds what SpiffWorkflow 3.2 runs otherwise than the standard says.

    - Its parallel and inclusive joins on a loop take tokens of earlier rounds for tokens of this one.
    - Its inclusive join looks for tokens still to come only along the first way into each merge, and not into
      sub-processes and repeated activities; so only plain activities may stand before it.
    - It knows no links and no compensation, and starts event sub-processes only in the process itself, beside what they
      should interrupt.
    - It completes a sub-process that an error or escalation leaves which only an event further out catches, and goes on
      behind it.
    - It breaks off where a repeated activity stands on the path behind a boundary event.

    :param is_on_loop: whether a loop of the same scope is around it.
    """
    return any(_is_beyond_spiff(block, is_on_loop) for block in body.blocks)


def _is_caught_beyond_spiff(block: Thrower) -> bool:
    is_caught_at_once = any(catcher.level == 0 and catcher.code != "other" for catcher in block.catchers)
    outer = [catcher for catcher in block.catchers if catcher.level and catcher.code != "other"]
    is_left = not is_caught_at_once and any(catcher.is_interrupting for catcher in outer)
    is_repeated = any(_holds_repeated(inner) for catcher in block.catchers for inner in catcher.path.blocks)
    return is_left or is_repeated or any(catcher.is_handler for catcher in block.catchers)


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
        case Accompanied():
            if any(_holds_repeated(inner) for path in block.paths for inner in path.blocks):
                return True
            return _is_beyond_spiff(block.inner, False) or any(
                is_beyond_spiff(path, is_on_loop) for path in block.paths
            )
        case Event():
            return block.position == "link"
        case Handled() | Undone():
            return True
        case Thrower() if _is_caught_beyond_spiff(block):
            return True
        case Terminated() | Thrower():
            return any(is_beyond_spiff(inside) for inside in sequences_of(block))
    return False
