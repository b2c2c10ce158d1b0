"""Cut the text of an expression into tokens."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from dag_factory.expressions.errors import ExpressionError

MAX_CHARACTERS = 10_000
"""Longest text of one expression."""

IDENTIFIER = re.compile(r"[^\W\d]\w*")
"""A name that needs no backticks, unless it is one of :data:`WORDS`."""

_OPERATOR_WORDS = ("and", "or", "not", "in", "between", "div", "mod", "eq", "ne", "lt", "le", "gt", "ge", "empty")
_OTHER_WORDS = ("if", "then", "else", "some", "every", "satisfies", "true", "false", "null")
WORDS = frozenset({*_OPERATOR_WORDS, *_OTHER_WORDS})
"""Words of the language; a variable of that name is written in backticks."""

_SPACED_FUNCTIONS = (
    r"string\s+length|starts\s+with|ends\s+with|list\s+contains|upper\s+case|lower\s+case"
    r"|is\s+defined|is\s+empty|get\s+or\s+else"
)
_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<function>\b(?:"""
    + _SPACED_FUNCTIONS
    + r""")(?=\s*\() | \b(?:vars|variables|var):[A-Za-z]+(?=\s*\())
    | (?P<name>[^\W\d]\w*)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`\r\n]+`)
    | (?P<symbol>\.\.|==|!=|<>|<=|>=|&&|\|\||[=<>!+\-*/%()\[\]{}.,:?])
    | (?P<stop>\Z)
    | (?P<wrong>\S)
    )""",
    re.VERBOSE | re.DOTALL,
)


# Plain constants: a look-up in an enum for each comparison would make parsing a third slower.
FUNCTION: Final = "function"
NAME: Final = "name"
NUMBER: Final = "number"
STRING: Final = "string"
QUOTED: Final = "quoted"
SYMBOL: Final = "symbol"
WORD: Final = "word"
END: Final = "end"


class Token(NamedTuple):
    """One token.

    :param kind: one of the constants above.
    :param value: its characters; those of a quoted name or of a string with their quotes.
    :param start: 0-based offset in the whole text.
    """

    kind: str
    value: str
    start: int

    def __str__(self) -> str:
        """Return the token as messages name it."""
        if self.kind == END:
            return "the end"
        return repr(self.value) if len(self.value) < 40 else f"{self.value[:37]!r}..."


def tokenize(text: str, start: int, *, is_embedded: bool) -> list[Token]:
    """Return the tokens of ``text`` from ``start`` on, with an end token as the last.

    :param is_embedded: the expression ends with the ``}`` that closes the ``${`` before ``start``; what comes after
        that is not looked at, and the end token stands at that ``}``.
    :raises ExpressionError: a character that begins no token, a string that does not end, a text that is too long.
    """
    limit = start + MAX_CHARACTERS
    if not is_embedded and len(text) > limit:
        problem = f"an expression may have {MAX_CHARACTERS} characters, this one has {len(text) - start}"
        raise ExpressionError(problem, text, limit)
    tokens: list[Token] = []
    append = tokens.append
    braces = 0
    for match in _TOKEN.finditer(text, start, limit):
        kind = match.lastgroup or ""
        value = match[kind]
        position = match.end() - len(value)
        if kind == NAME:
            kind = WORD if value in WORDS else NAME
        elif kind == SYMBOL:
            if value == "{":
                braces += 1
            elif value == "}":
                braces -= 1
                if braces < 0 and is_embedded:
                    append(Token(END, "", position))
                    return tokens
        elif kind == "stop":
            break
        elif kind == "wrong":
            raise ExpressionError(_explain_character(value), text, position)
        append(Token(kind, value, position))
    if is_embedded:
        raise _explain_missing_brace(text, start, limit)
    append(Token(END, "", len(text)))
    return tokens


def _explain_character(character: str) -> str:
    if character in "'\"":
        return f"the string that begins with {character} does not end; expected another {character}"
    if character == "`":
        return "the name that begins with ` does not end; expected another `"
    if character in "&|":
        return f"unexpected {character!r}; write {character * 2!r} or {'and' if character == '&' else 'or'!r}"
    return f"unexpected character {character!r}"


def _explain_missing_brace(text: str, start: int, limit: int) -> ExpressionError:
    opening = text[max(start - 2, 0) : start]
    if len(text) > limit:
        problem = f"an expression may have {MAX_CHARACTERS} characters, and this {opening!r} is not closed within them"
        return ExpressionError(problem, text, start - 2)
    return ExpressionError(f"{opening!r} is not closed; expected '}}'", text, start - 2)
