"""What a frontend makes of a template's text."""

from __future__ import annotations

from dataclasses import dataclass, field

from dag_factory.diagnostics import Diagnostic
from dag_factory.model.process import Process


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The processes that could be read, and what was found on the way.

    :param siblings: SHA-256 of each file beside the template that was read, by its name; empty where it could not be.
    """

    processes: tuple[Process, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    siblings: dict[str, str] = field(default_factory=dict)
