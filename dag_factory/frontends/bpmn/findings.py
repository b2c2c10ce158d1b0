"""Findings: the diagnostics of one file, each about one of its elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from dag_factory.diagnostics import Diagnostic, Severity
from dag_factory.frontends.bpmn.namespaces import Element, line_of, one_line, split_name


@dataclass(slots=True)
class Findings:
    """Collects diagnostics while a file is read; reading never stops at the first."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, element: Element, problem: str, remedy: str = "") -> None:
        """Add a finding that refuses the file: ``element`` in words, then ``problem``."""
        self._add(code, Severity.ERROR, element, problem, remedy)

    def warning(self, code: str, element: Element, problem: str, remedy: str = "") -> None:
        """Add a finding about something that runs differently from what the author may expect."""
        self._add(code, Severity.WARNING, element, problem, remedy)

    def info(self, code: str, element: Element, problem: str, remedy: str = "") -> None:
        """Add a finding that is good to know."""
        self._add(code, Severity.INFO, element, problem, remedy)

    def _add(self, code: str, severity: Severity, element: Element, problem: str, remedy: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=f"{describe(element)} {problem}",
                remedy=remedy,
                element=element.get("id") or "",
                line=line_of(element),
            )
        )


def describe(element: Element) -> str:
    """Return ``element`` as people call it: its kind in words and its name, else its id."""
    label = one_line(element.get("name"), 80) or one_line(element.get("id"), 80)
    return f"{_words(element.tag)} {label!r}" if label else _words(element.tag)


@lru_cache(maxsize=1024)
def _words(tag: str) -> str:
    local = split_name(tag)[1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower().replace("sub process", "sub-process")
