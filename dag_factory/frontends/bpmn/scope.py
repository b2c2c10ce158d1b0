"""The flow elements of a process or sub-process to a scope of the model."""

from __future__ import annotations

from collections.abc import Iterable

from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import read_node
from dag_factory.frontends.bpmn.links import connect_links
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.sequence_flow import read_flows
from dag_factory.frontends.bpmn.set_after import set_after
from dag_factory.model.process import Scope


def read_scope(members: Iterable[FlowElement], reading: Reading, kind: str) -> Scope:
    """Return the scope that holds ``members`` and the flows between them.

    Link events are connected, variables that an event or a sub-process sets are set by a step behind it, and
    an activity from which a message flow leads has a step behind it that sends.
    """
    members = list(members)
    nodes = tuple(read_node(member, reading) for member in members)
    flows = tuple(flow for member in members for flow in read_flows(member, reading))
    scope = connect_links(Scope(kind=kind, nodes=nodes, flows=flows), reading.findings)
    return set_after(set_after(scope, reading.assignments), reading.sends)
