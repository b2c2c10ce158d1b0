"""DF111: a schedule starts runs, but nobody gives the required inputs."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process
from dag_factory.rules import STRUCTURE_RULES


@STRUCTURE_RULES.register("DF111")
def required_input_on_schedule(process: Process) -> Iterator[Diagnostic]:
    """Yield an error for each required variable without a default of a process that starts by itself."""
    if process.schedule == ScheduleSpec():
        return
    for variable in process.variables:
        if variable.is_required and variable.default is None:
            yield Diagnostic(
                code="DF111",
                message=f"variable {variable.name!r} is required, but runs that the schedule starts cannot give it",
                remedy="give it a default, or remove the schedule",
                element=process.element,
                line=process.line,
                pointer="/variables" if process.pointer is not None else None,
            )
