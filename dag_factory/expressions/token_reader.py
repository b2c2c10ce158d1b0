"""TokenReader: moving along the tokens of an expression, and saying where it went wrong."""

from __future__ import annotations

from typing import NoReturn

from dag_factory.expressions.errors import ExpressionError
from dag_factory.expressions.tokens import SYMBOL, WORD, Token, tokenize

MAX_NESTING = 50
"""How deep brackets, calls, signs and conditionals may be nested."""

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class TokenReader:
    """The tokens of one expression, and the place reached among them.

    :param text: the text that messages show and positions count in.
    :param start: where the expression begins.
    :param is_embedded: it ends at the ``}`` of its wrapper, not at the end of the text.
    :raises ExpressionError: by this and every other method.
    """

    def __init__(self, text: str, start: int, *, is_embedded: bool) -> None:
        self._text = text
        self._tokens = tokenize(text, start, is_embedded=is_embedded)
        self._index = 0
        self._token = self._tokens[0]
        self._nesting = 0

    @property
    def end(self) -> int:
        """Where the expression ends: the offset of the wrapper's ``}``, or of the text's end."""
        return self._tokens[-1].start

    def _advance(self) -> Token:
        token = self._token
        self._index += 1
        self._token = self._tokens[self._index]
        return token

    def _is_at(self, value: str) -> bool:
        token = self._token
        return token.value == value and (token.kind == SYMBOL or token.kind == WORD)

    def _skip(self, value: str) -> bool:
        if not self._is_at(value):
            return False
        self._advance()
        return True

    def _expect(self, value: str, purpose: str) -> None:
        if not self._skip(value):
            self._fail(f"expected {value!r} {purpose}, found {self._token}")

    def _fail(self, problem: str, token: Token | None = None) -> NoReturn:
        raise ExpressionError(problem, self._text, (token or self._token).start)

    def _enter(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self._fail(f"nested more than {MAX_NESTING} levels deep")

    def _is_range(self) -> bool:
        """Return whether the bracket here has a ``..`` right inside it."""
        if self._token.kind != SYMBOL or self._token.value not in ("[", "(", "]"):
            return False
        depth = 0
        for index in range(self._index + 1, len(self._tokens)):
            token = self._tokens[index]
            if token.kind != SYMBOL:
                continue
            if depth == 0 and token.value in ("..", ","):
                return token.value == ".."
            depth += (token.value in _OPENING) - (token.value in _CLOSING)
            if depth < 0 or depth > MAX_NESTING:
                return False
        return False
