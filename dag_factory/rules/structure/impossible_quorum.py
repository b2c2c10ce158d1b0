"""DF132: a quorum that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.nodes.agent import AgentRequirement
from dag_factory.nodes.manual import ManualNode
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF132")
def impossible_quorum(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each quorum of more people than are asked, than may be asked, or of answers that differ."""
    for node in process.scope.walk():
        if not isinstance(node.fields, ManualNode) or not node.fields.agent:
            continue
        for problem, remedy in _problems(node.fields, node.fields.agent):
            yield Diagnostic(
                code="DF132",
                message=f"{node.name!r} {problem}",
                remedy=remedy,
                element=node.element or node.id,
                line=node.line,
                pointer=node.pointer,
            )


def _problems(fields: ManualNode, agent: AgentRequirement) -> Iterator[tuple[str, str]]:
    quorum, asked = agent.quorum or 1, agent.seats
    if quorum > asked:
        yield f"needs {quorum} equal answers, but asks {asked}", "raise `of`, or lower `quorum`"
    named = [*agent.agents, *fields.assignees]
    if named and len(named) < asked and not any("${" in name or "," in name for name in named):
        yield f"asks {asked} people, but only {len(named)} may be asked", "name more, or lower `of`"
    if asked > 1 and fields.multiple:
        yield "counts answers, but allows several at once", "remove `multiple`"
    if asked > 1 and fields.form:
        yield (
            "counts answers, but has a form, which each would fill in otherwise",
            "ask for the form in another node",
        )
