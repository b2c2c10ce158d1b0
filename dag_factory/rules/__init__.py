"""Rules: one file, one diagnostic code, one check.

``structure`` holds the checks of a process as it was read; only a process without errors there is flattened and goes
to the checks in ``flow``, which ask about paths and data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.exploration import Pattern
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process
from dag_factory.registry import Registry

StructureRule = Callable[[Process], Iterator[Diagnostic]]
FlowRule = Callable[[Process, FlatGraph, dict[str, set[Pattern]]], Iterator[Diagnostic]]

STRUCTURE_RULES: Registry[StructureRule] = Registry("rule", package="dag_factory.rules.structure")
FLOW_RULES: Registry[FlowRule] = Registry("rule", package="dag_factory.rules.flow")

MAX_FINDINGS = 200
"""How many findings of each rule are reported: nobody reads more, and a hostile file has any number."""


def check_structure(process: Process) -> tuple[Diagnostic, ...]:
    """Return what all structure rules find, in the order of their codes."""
    return tuple(found for code in STRUCTURE_RULES for found in islice(STRUCTURE_RULES[code](process), MAX_FINDINGS))


def check_flow(process: Process, graph: FlatGraph, patterns: dict[str, set[Pattern]]) -> tuple[Diagnostic, ...]:
    """Return what all flow rules find, in the order of their codes.

    :param patterns: what ``explore`` found about ``graph``; empty where it gave up.
    """
    return tuple(
        found for code in FLOW_RULES for found in islice(FLOW_RULES[code](process, graph, patterns), MAX_FINDINGS)
    )
