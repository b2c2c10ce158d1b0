"""Variables that a process uses without declaring them become inputs of its runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.model.flat_graph import FlatGraph
from dag_factory.model.process import Process, Variable
from dag_factory.model.variable_use import names_read, variables_before
from dag_factory.nodes.script import ScriptNode


def declare_open_variables(process: Process, graph: FlatGraph) -> tuple[Process, tuple[Diagnostic, ...]]:
    """Return ``process`` with a declaration for each variable that a step uses before any step can have set it.

    BPMN has no declarations, so its names are free (``has_open_variables``); other processes are returned as they are.
    """
    if not process.has_open_variables:
        return process, ()
    declared = {variable.name for variable in process.variables}
    users: dict[str, str] = {}
    for step_id in graph.order:
        step = graph.steps[step_id]
        used = names_read(graph, step)
        if isinstance(step.fields, ScriptNode):
            used |= step.fields.names_in_script() & process.outer_variables
        for name in used - variables_before(graph, step_id) - declared:
            users.setdefault(name, step.name)
    added = tuple(
        Variable(name=name, description=f"Used by {users[name]!r}; nothing before it sets it.")
        for name in sorted(users)
    )
    return replace(process, variables=process.variables + added), tuple(_notes(process, added))


def _notes(process: Process, added: Iterable[Variable]) -> Iterable[Diagnostic]:
    for variable in added:
        yield Diagnostic(
            code="DF302",
            severity=Severity.INFO,
            message=f"no element sets the variable {variable.name!r} before it is used; it becomes an input of the run",
            remedy="give it when you start a run",
            element=process.element,
            line=process.line,
        )
