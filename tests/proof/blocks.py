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
class SubProcess:
    """An embedded sub-process."""

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


Block = Activity | Split | Loop | SubProcess | Repeated


def is_beyond_spiff(body: Sequence, is_on_loop: bool = False) -> bool:
    """Return whether ``body`` holds what SpiffWorkflow 3.2 runs otherwise than the standard says.

    - Its parallel and inclusive joins on a loop take tokens of earlier rounds for tokens of this one.
    - Its inclusive join looks for tokens still to come only along the first way into each merge, and not into
      sub-processes and repeated activities; so only plain activities may stand before it.

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
        case SubProcess():
            return is_beyond_spiff(block.body)
        case Repeated():
            return _is_beyond_spiff(block.inner, False)
    return False
