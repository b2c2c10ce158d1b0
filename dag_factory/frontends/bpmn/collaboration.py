"""Pools and message flows: who takes part beside the processes of the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_children, one_line


@dataclass(slots=True)
class Collaboration:
    """The pools of a file.

    :param pools: name of the pool by the id of its process.
    """

    pools: dict[str, str] = field(default_factory=dict)


def read_collaboration(root: Element, findings: Findings) -> Collaboration:
    """Return the pools of ``root``; pools without a process are reported, since they do nothing."""
    found = Collaboration()
    for holder in (*bpmn_children(root, "collaboration"), *bpmn_children(root, "choreography")):
        for pool in bpmn_children(holder, "participant"):
            process = (pool.get("processRef") or "").rpartition(":")[2]
            if process:
                found.pools.setdefault(process, one_line(pool.get("name")))
            else:
                findings.info("DF170", pool, "is a pool without a process: it stands for somebody outside")
    return found
