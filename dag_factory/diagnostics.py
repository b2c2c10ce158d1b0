"""Diagnostic: what a template's author did wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs: only an error keeps a template from becoming a Dag."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding about a template.

    :param code: ``DF`` and three digits; each code has a heading in ``docs/diagnostics.md``.
    :param severity: an error refuses the template, a warning or an info does not.
    :param message: what is wrong, naming the element, in words for the template's author.
    :param remedy: what to do about it, in the imperative.
    :param element: id of the element it is about; empty for the file as a whole.
    :param line: 1-based line in the file; ``None`` where not known (yet).
    :param pointer: RFC 6901 pointer into a JSON template, from which the compiler fills ``line``.
    """

    code: str
    message: str
    remedy: str = ""
    severity: Severity = Severity.ERROR
    element: str = ""
    line: int | None = None
    pointer: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether this finding refuses the template."""
        return self.severity is Severity.ERROR

    def render(self, file: str) -> str:
        """Return the finding as compilers print it: ``file:line CODE severity: message; remedy``."""
        place = file if self.line is None else f"{file}:{self.line}"
        text = f"{self.message}; {self.remedy}" if self.remedy else self.message
        return f"{place} {self.code} {self.severity}: {text}"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether any of ``diagnostics`` refuses the template."""
    return any(diagnostic.is_error for diagnostic in diagnostics)
