"""DF131: an activity asks for an agent that could not do it."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.nodes.agent import AgentActivity, AgentRequirement
from dag_factory.nodes.script import ScriptNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF131")
def agent_kind(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each agent of a kind that cannot do the activity, and for fields that mean nothing to it."""
    for node in process.scope.walk():
        if not isinstance(node.fields, AgentActivity) or not node.fields.agent:
            continue
        for problem, remedy in _problems(node.fields, node.fields.agent):
            yield Diagnostic(
                code="DF131",
                message=f"{node.name!r} {problem}",
                remedy=remedy,
                element=node.element or node.id,
                line=node.line,
                pointer=node.pointer,
            )


def _problems(fields: AgentActivity, agent: AgentRequirement) -> Iterator[tuple[str, str]]:
    kinds = fields.agent_kinds
    kind = agent.kind or kinds[0]
    if kind not in kinds:
        yield f"is a {fields.type_name}, which no {kind} does", f"write {' or '.join(kinds)}, or leave out `kind`"
    if isinstance(fields, ScriptNode) and fields.runner == "process" and kind == "docker_host":
        yield "runs as a local process, not on the Docker host it asks for", "remove its `runner`"
    if agent.when_lost is not None and kind != "docker_host":
        yield "has the field 'when_lost', which only Docker hosts have a use for", "remove it"
    if "person" not in kinds:
        for name in ("quorum", "of", "offer_timeout_seconds"):
            if getattr(agent, name) is not None:
                yield f"has the field {name!r}, which only people have a use for", "remove it"
