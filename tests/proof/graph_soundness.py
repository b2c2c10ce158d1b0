"""Whether a graph of exclusive and parallel gateways is sound: tried out token by token, whatever data may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blocks import Graph

Flow = tuple[int, int]


@dataclass(frozen=True)
class _Marking:
    """Where tokens are, and which places have had one."""

    tokens: frozenset[Flow]
    visited: frozenset[int]


def is_sound(graph: Graph) -> bool:
    """Return whether in each run every place is reached at most once, and no token is left behind.

    :param graph: one without a loop.
    """
    last = len(graph.blocks) - 1
    ahead = list(_left(graph, 0, _Marking(frozenset(), frozenset({0}))))
    seen = set(ahead)
    while ahead:
        marking = ahead.pop()
        ready = [place for place in range(1, last + 1) if _is_ready(graph, place, marking)]
        if any(place in marking.visited for place in ready):
            return False
        if not ready and (marking.tokens or last not in marking.visited):
            return False
        # Which one goes first makes no difference: each takes only tokens that no other can have.
        for place in ready[:1]:
            for entered in _entered(graph, place, marking):
                new = set(_left(graph, place, entered)) - seen
                seen |= new
                ahead += new
    return True


def _is_ready(graph: Graph, place: int, marking: _Marking) -> bool:
    arrived = [flow in marking.tokens for flow in graph.into(place)]
    return all(arrived) if graph.joins[place] == "parallelGateway" else any(arrived)


def _entered(graph: Graph, place: int, marking: _Marking) -> Iterator[_Marking]:
    arrived = [flow for flow in graph.into(place) if flow in marking.tokens]
    taken = arrived if graph.joins[place] == "parallelGateway" else arrived[:1]
    yield _Marking(marking.tokens - set(taken), marking.visited | {place})


def _left(graph: Graph, place: int, marking: _Marking) -> Iterator[_Marking]:
    leaving = graph.out_of(place)
    if not leaving:
        yield marking
    elif graph.splits[place] == "parallelGateway":
        yield _Marking(marking.tokens | set(leaving), marking.visited)
    else:
        yield from (_Marking(marking.tokens | {flow}, marking.visited) for flow in leaving)
