"""The flow elements of a process or sub-process to a scope of the model."""

from __future__ import annotations

from collections.abc import Iterable

from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import read_node
from dag_factory.frontends.bpmn.implicit_ends import draw_implicit_ends
from dag_factory.frontends.bpmn.links import connect_links
from dag_factory.frontends.bpmn.living_parts import keep_living_parts
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.sequence_flow import read_flows
from dag_factory.frontends.bpmn.set_after import set_after
from dag_factory.model.process import Scope


def read_scope(members: Iterable[FlowElement], reading: Reading, kind: str, holder: str = "") -> Scope:
    """Return the scope that holds ``members`` and the flows between them.

    Link events are connected, what nothing leads to is left out, and variables that an event or a sub-process sets
    are set by a step behind it.

    :param holder: id of the sub-process; empty for the process itself.
    """
    members = list(members)
    reading.never_begin.update(member.id for member in members if member.is_for_compensation)
    nodes = tuple(read_node(member, reading) for member in members)
    flows = tuple(flow for member in members for flow in read_flows(member, reading))
    scope = connect_links(Scope(kind=kind, nodes=nodes, flows=flows), reading)
    start_id = reading.index.ids.allocate(f"{holder or 'process'}_start")
    scope = keep_living_parts(scope, reading.never_begin, start_id, reading.findings)
    return draw_implicit_ends(set_after(set_after(scope, reading.assignments), reading.sends), reading.index.ids)
