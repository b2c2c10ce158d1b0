"""OperandParser: what stands between operators, from a number to a chain of method calls."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable

from dag_factory.expressions.functions import Function, find_function, read_number, suggest_function
from dag_factory.expressions.idioms import read_engine_call
from dag_factory.expressions.precedence import EQUALITY
from dag_factory.expressions.syntax_tree import (
    And,
    Arithmetic,
    Call,
    Compare,
    Conditional,
    ListOf,
    Literal,
    MappingOf,
    Matches,
    Name,
    Negate,
    Node,
    Not,
    Or,
    Path,
    Quantified,
    Subject,
)
from dag_factory.expressions.token_reader import MAX_NESTING, TokenReader
from dag_factory.expressions.tokens import FUNCTION, NAME, NUMBER, QUOTED, STRING, SYMBOL, WORD, Token

_CONSTANTS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r'\\(.)|"', re.DOTALL)


class OperandParser(TokenReader, ABC):
    """The lower half of the grammar.

    :param counts_from_one: the text is FEEL, where the first item of a list is number 1.
    """

    def __init__(self, text: str, start: int, *, is_embedded: bool, counts_from_one: bool) -> None:
        super().__init__(text, start, is_embedded=is_embedded)
        self._counts_from_one = counts_from_one
        self._test_depth = 0
        self._has_subject = False

    @abstractmethod
    def _parse_expression(self) -> Node:
        """Parse one whole expression, as it stands in brackets."""

    @abstractmethod
    def _parse_operators(self, loosest: int) -> Node:
        """Parse an operand and every operator after it that binds at least as tightly as ``loosest``."""

    def _parse_operand(self) -> Node:
        token = self._token
        kind = token.kind
        if kind in (NAME, QUOTED):
            self._advance()
            if kind == NAME and self._is_at("("):
                return self._parse_steps(self._parse_call(token))
            return self._parse_steps(Name(token.value if kind == NAME else token.value[1:-1]))
        if kind == STRING:
            self._advance()
            return self._parse_steps(Literal(self._read_string(token)))
        if kind == NUMBER:
            return self._parse_number()
        if kind == FUNCTION:
            self._advance()
            return self._parse_steps(self._parse_call(token))
        if kind == WORD:
            return self._parse_word()
        return self._parse_symbol()

    def _parse_number(self) -> Node:
        token = self._advance()
        value = read_number(token.value)
        if value is None:
            self._fail(f"the number {token} is too long or out of range", token)
        return Literal(value)

    def _parse_word(self) -> Node:
        token = self._token
        if token.value in _CONSTANTS:
            self._advance()
            return Literal(_CONSTANTS[token.value])
        if token.value == "not":
            return self._parse_prefixed(lambda: Not(self._parse_operators(EQUALITY)))
        if token.value == "empty":
            return self._parse_prefixed(lambda: Call("is_empty", (self._parse_operand(),)))
        if token.value == "if":
            return self._parse_prefixed(self._parse_if)
        if token.value in ("some", "every"):
            return self._parse_prefixed(lambda: self._parse_quantified(token.value))
        hint = f"a variable of that name is written `{token.value}`"
        self._fail(f"expected a value, found {token}, a word of the language; {hint}")

    def _parse_symbol(self) -> Node:
        token = self._token
        if token.value == "(":
            self._advance()
            node = self._parse_expression()
            self._expect(")", "to close '('")
            return self._parse_steps(node)
        if token.value == "[":
            return self._parse_steps(self._parse_list())
        if token.value == "{":
            return self._parse_steps(self._parse_mapping())
        if token.value == "-":
            return self._parse_prefixed(lambda: Negate(self._parse_operand()))
        if token.value == "!":
            return self._parse_prefixed(lambda: Not(self._parse_operand()))
        if token.value == "?":
            if not self._test_depth:
                self._fail(
                    "'?' stands for the tested value; expected it inside 'in ( )' or a decision table's test only"
                )
            self._advance()
            self._has_subject = True
            return self._parse_steps(Subject())
        self._fail(f"expected a value, found {token}")

    def _parse_prefixed(self, parse: Callable[[], Node]) -> Node:
        self._advance()
        self._enter()
        node = parse()
        self._nesting -= 1
        return node

    def _parse_if(self) -> Node:
        condition = self._parse_expression()
        self._expect("then", "after the condition of 'if'")
        then = self._parse_expression()
        self._expect("else", "after the first value of 'if'")
        return Conditional(condition, then, self._parse_expression())

    def _parse_quantified(self, word: str) -> Node:
        name = self._read_name(f"expected the name of a variable after {word!r}")
        self._expect("in", f"after the variable of {word!r}")
        items = self._parse_expression()
        if self._skip(","):
            self._enter()
            condition = self._parse_quantified(word)
            self._nesting -= 1
        else:
            self._expect("satisfies", f"after the list of {word!r}")
            condition = self._parse_expression()
        return Quantified(word == "every", name, items, condition)

    def _read_name(self, problem: str) -> str:
        token = self._token
        if token.kind != NAME and token.kind != QUOTED:
            self._fail(f"{problem}, found {token}")
        self._advance()
        return token.value if token.kind == NAME else token.value[1:-1]

    def _read_string(self, token: Token) -> str:
        body = token.value[1:-1]
        if "\\" not in body:
            return body
        try:
            value = json.loads(f'"{_ESCAPE.sub(_to_json_escape, body)}"', strict=False)
        except ValueError:
            self._fail(r"unknown escape in a string; expected one of \\ \' \" \n \t \r \u0000", token)
        return str(value)

    def _parse_list(self) -> Node:
        if self._is_range():
            self._fail("a range such as [1..5] can only stand after 'in'")
        self._advance()
        return ListOf(self._parse_items("]", "to close '['"))

    def _parse_items(self, closing: str, purpose: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._is_at(closing):
            items.append(self._parse_expression())
            if not self._skip(","):
                break
        self._expect(closing, purpose)
        return tuple(items)

    def _parse_mapping(self) -> Node:
        self._advance()
        entries: list[tuple[str, Node]] = []
        while not self._is_at("}"):
            entries.append((self._parse_key(), self._parse_expression()))
            if not self._skip(","):
                break
        self._expect("}", "to close '{'")
        return MappingOf(tuple(entries))

    def _parse_key(self) -> str:
        token = self._advance() if self._token.kind in (STRING, WORD) else None
        if token is None:
            key = self._read_name("expected a key")
        else:
            key = self._read_string(token) if token.kind == STRING else token.value
        self._expect(":", "after a key")
        return key

    def _parse_steps(self, base: Node) -> Node:
        """Parse what follows a value: ``.member``, ``[index]`` and ``.method(...)``."""
        if self._token.value not in (".", "["):
            return base
        steps: list[str | Node] = []
        count = 0
        while self._token.kind == SYMBOL and self._token.value in (".", "["):
            count += 1
            if count > MAX_NESTING:
                self._fail(f"more than {MAX_NESTING} members in a row")
            if self._advance().value == "[":
                steps.append(self._parse_index())
                continue
            member = self._parse_member()
            if self._is_at("("):
                base = self._parse_method(Path(base, tuple(steps)) if steps else base, member)
                steps = []
            else:
                steps.append(member.value.strip("`") if member.kind == QUOTED else member.value)
        return Path(base, tuple(steps)) if steps else base

    def _parse_member(self) -> Token:
        if self._token.kind not in (NAME, WORD, QUOTED):
            self._fail(f"expected a name after '.', found {self._token}")
        return self._advance()

    def _parse_index(self) -> str | Node:
        token = self._token
        index = self._parse_expression()
        self._expect("]", "to close '['")
        if isinstance(index, Literal) and isinstance(index.value, str):
            return index.value
        if not self._counts_from_one or isinstance(index, Negate):
            return index
        if isinstance(index, And | Or | Not | Compare | Matches | Quantified):
            self._fail("a filter in [ ] is not supported; expected the number of an item", token)
        if isinstance(index, Literal) and type(index.value) is int:
            if index.value == 0:
                self._fail("FEEL counts the items of a list from 1; expected 1 or more", token)
            return Literal(index.value - 1)
        return Arithmetic(index, (("-", Literal(1)),))

    def _parse_call(self, name: Token) -> Node:
        engine_call = read_engine_call(name.value)
        arguments = self._parse_arguments()
        if engine_call is not None:
            try:
                return engine_call(arguments)
            except ValueError as error:
                self._fail(f"{name.value} {error}", name)
        return self._make_call(name, arguments)

    def _parse_method(self, target: Node, name: Token) -> Node:
        if target == Name("execution") and read_engine_call(name.value):
            return self._parse_call(name)
        arguments = self._parse_arguments()
        if name.value == "get" and len(arguments) == 1:
            return _get(target, arguments[0])
        if name.value == "getOrDefault" and len(arguments) == 2:
            return Call("coalesce", (_get(target, arguments[0]), arguments[1]))
        return self._make_call(name, (target, *arguments))

    def _parse_arguments(self) -> tuple[Node, ...]:
        self._advance()
        return self._parse_items(")", "to close the arguments")

    def _make_call(self, name: Token, arguments: tuple[Node, ...]) -> Node:
        function = find_function(name.value)
        if function is None:
            self._fail(f"unknown function {name.value!r}{suggest_function(name.value)}", name)
        if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
            self._fail(f"{name.value} expects {_describe_arity(function)}, found {len(arguments)}", name)
        return Call(function.name, arguments)


def _get(target: Node, key: Node) -> Node:
    step = key.value if isinstance(key, Literal) and isinstance(key.value, str) else key
    return Path(target, (step,))


def _to_json_escape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped is None:
        return '\\"'
    return "'" if escaped == "'" else match[0]


def _describe_arity(function: Function) -> str:
    if function.most is None:
        return f"at least {function.least} argument"
    if function.least != function.most:
        return f"{function.least} to {function.most} arguments"
    return f"{function.least} argument{'' if function.least == 1 else 's'}"
