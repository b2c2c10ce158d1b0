"""Text: a string with expressions in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from dag_factory.expressions.errors import EvaluationFailure, ExpressionError
from dag_factory.expressions.expression import Expression, parse_embedded
from dag_factory.expressions.values import MAX_TEXT_CHARACTERS, to_text

CACHED_TEXTS = 1024
"""How many texts with expressions are kept."""

MAX_PARTS = 2000
"""How many expressions, and pieces of text between them, a text may have."""

_MARK = re.compile(r"\$\$\{|##\{|[$#]\{")


@dataclass(frozen=True)
class Text:
    """A string whose ``${expression}`` parts wait for values."""

    parts: tuple[str | Expression, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables its expressions read."""
        return frozenset[str]().union(*(part.names for part in self.parts if isinstance(part, Expression)))

    def render(self, values: Mapping[str, Any]) -> Any:
        """Return the text with its expressions replaced; a lone expression keeps the type of its value.

        Within other text null is nothing, booleans are ``true`` and ``false``, lists and mappings are JSON.

        :raises EvaluationError: an expression has no value, or the text would be too long.
        """
        if len(self.parts) == 1:
            part = self.parts[0]
            return part if isinstance(part, str) else part.evaluate(values)
        pieces = []
        characters = 0
        for part in self.parts:
            piece = part if isinstance(part, str) else _render_part(part, values)
            characters += 0 if isinstance(part, str) else len(piece)
            if characters > MAX_TEXT_CHARACTERS and isinstance(part, Expression):
                raise part.explain(f"the text would have more than {MAX_TEXT_CHARACTERS} characters", values)
            pieces.append(piece)
        return "".join(pieces)


def parse_text(text: str) -> Text:
    """Return ``text`` with its ``${...}`` and ``#{...}`` parsed; ``$${`` and ``##{`` write a literal ``${`` and ``#{``.

    :raises ExpressionError: an expression cannot be read or is not closed.
    """
    if "${" in text or "#{" in text:
        return _parse_marked_text(text)
    return Text((text,))


@lru_cache(maxsize=CACHED_TEXTS)
def _parse_marked_text(text: str) -> Text:
    parts: list[str | Expression] = []
    literal = ""
    position = 0
    while mark := _MARK.search(text, position):
        literal += text[position : mark.start()]
        if len(mark[0]) == 3:
            literal += mark[0][1:]
            position = mark.end()
            continue
        if len(parts) > MAX_PARTS:
            problem = f"a text may have {MAX_PARTS} parts, this one has more; compute the value in a script"
            raise ExpressionError(problem, text, mark.start())
        expression, position = _parse_part(text, mark)
        parts += [literal, expression] if literal else [expression]
        literal = ""
    literal += text[position:]
    return Text((*parts, literal) if literal or not parts else tuple(parts))


def _parse_part(text: str, mark: re.Match[str]) -> tuple[Expression, int]:
    try:
        return parse_embedded(text, mark.start())
    except ExpressionError as error:
        hint = f"; to write {mark[0]!r} itself, double its first character: {mark[0][0] + mark[0]!r}"
        raise ExpressionError(error.problem + hint, text, error.position) from None


def _render_part(expression: Expression, values: Mapping[str, Any]) -> str:
    value = expression.evaluate(values)
    try:
        return to_text(value)
    except EvaluationFailure as failure:
        raise expression.explain(str(failure), values) from failure
