"""What goes wrong with an expression: at parse time (the author's mistake) and at run time (the values')."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from reprlib import Repr
from typing import Any

from dag_factory.errors import DagFactoryError

EXCERPT_CHARACTERS = 80
"""How much of a text, or of a value, a message shows."""

_SHORT_REPR = Repr()
_SHORT_REPR.maxstring = _SHORT_REPR.maxother = _SHORT_REPR.maxlong = EXCERPT_CHARACTERS


class ExpressionError(DagFactoryError):
    """A text is not an expression of the language.

    :param problem: what was found and what was expected.
    :param text: the whole text, with its wrapper.
    :param position: 0-based offset in ``text``.
    """

    def __init__(self, problem: str, text: str, position: int) -> None:
        super().__init__(f"{problem} (at position {position} of {_excerpt(text, position)!r})")
        self.problem = problem
        self.text = text
        self.position = position

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, str, int]]:
        """Let the error cross a process border."""
        return type(self), (self.problem, self.text, self.position)


class EvaluationError(DagFactoryError):
    """An expression has no value with the values it was given.

    :param problem: what does not fit.
    :param text: the expression in its canonical form.
    :param used: the values of the names that the expression uses, where they have one.
    """

    def __init__(self, problem: str, text: str, used: Mapping[str, Any]) -> None:
        shown = ", ".join(f"{name} = {short_repr(value)}" for name, value in sorted(used.items()))
        message = f"cannot evaluate {shorten(text, 4 * EXCERPT_CHARACTERS)}: {problem}"
        super().__init__(f"{message} ({shown})" if shown else message)
        self.problem = problem
        self.text = text
        self.used = dict(used)

    def __reduce__(self) -> tuple[type[EvaluationError], tuple[str, str, dict[str, Any]]]:
        """Let the error cross a process border."""
        return type(self), (self.problem, self.text, self.used)


class EvaluationFailure(Exception):
    """What the evaluator raises inside; it leaves the package as an :class:`EvaluationError`."""


class MissingVariableFailure(EvaluationFailure):
    """A variable has no value at all, which ``is_defined``, ``is_empty`` and ``coalesce`` forgive."""

    def __init__(self, name: str) -> None:
        super().__init__(f"variable {name!r} has no value")
        self.name = name


def short_repr(value: object) -> str:
    """Return ``value`` as the language writes it, cut to about :data:`EXCERPT_CHARACTERS`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return shorten(_SHORT_REPR.repr(value), EXCERPT_CHARACTERS)
    except ValueError:  # Python refuses to write out a whole number of thousands of digits
        return f"a huge {type(value).__name__}"


def shorten(text: str, characters: int) -> str:
    """Return ``text``, cut to ``characters`` with an ellipsis."""
    return text if len(text) <= characters else text[: characters - 3] + "..."


def name_nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest of ``known``, or nothing."""
    from difflib import get_close_matches  # only needed for messages, and slow to import

    near = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _excerpt(text: str, position: int) -> str:
    if len(text) <= EXCERPT_CHARACTERS:
        return text
    start = max(0, min(position - EXCERPT_CHARACTERS // 2, len(text) - EXCERPT_CHARACTERS))
    end = start + EXCERPT_CHARACTERS
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
