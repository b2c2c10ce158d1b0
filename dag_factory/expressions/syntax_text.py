"""The canonical text of a tree, which parses to an equal tree again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dag_factory.expressions.precedence import AND, CONDITIONAL, EQUALITY, OR, PRODUCT, RELATION, SUM
from dag_factory.expressions.syntax_tree import (
    And,
    Arithmetic,
    Call,
    Compare,
    Conditional,
    Holds,
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
    Range,
    Subject,
)
from dag_factory.expressions.tokens import IDENTIFIER, WORDS

_NOT = AND + 0.5
_SIGN = PRODUCT + 1
_VALUE = PRODUCT + 2


def write(node: Node, loosest: float = CONDITIONAL) -> str:
    """Return the text of ``node``, in brackets when it binds less tightly than ``loosest``."""
    level, text = _WRITERS[type(node)](node)
    return text if level >= loosest else f"({text})"


def _write_literal(node: Literal) -> tuple[float, str]:
    if node.value is None:
        return _SIGN, "null"
    if isinstance(node.value, str):
        return _SIGN, _quote(node.value)
    if isinstance(node.value, bool):
        return _SIGN, "true" if node.value else "false"
    return _SIGN, repr(node.value)


def _write_name(node: Name) -> tuple[float, str]:
    is_plain = IDENTIFIER.fullmatch(node.name) and node.name not in WORDS
    return _VALUE, node.name if is_plain else f"`{node.name}`"


def _write_path(node: Path) -> tuple[float, str]:
    return _SIGN, write(node.base, _VALUE) + "".join(map(_write_step, node.steps))


def _write_step(step: str | Node) -> str:
    if isinstance(step, Node):
        return f"[{write(step)}]"
    return f".{step}" if IDENTIFIER.fullmatch(step) else f"[{_quote(step)}]"


def _write_mapping(node: MappingOf) -> tuple[float, str]:
    return _SIGN, "{" + ", ".join(f"{_quote(key)}: {write(value)}" for key, value in node.entries) + "}"


def _write_logic(node: And | Or) -> tuple[float, str]:
    level, word = (AND, " and ") if isinstance(node, And) else (OR, " or ")
    return level, word.join(write(operand, level + 1 if level == OR else _NOT) for operand in node.operands)


def _write_compare(node: Compare) -> tuple[float, str]:
    level = EQUALITY if node.operator in ("==", "!=") else RELATION
    return level, f"{write(node.left, level + 1)} {node.operator} {write(node.right, level + 1)}"


def _write_matches(node: Matches) -> tuple[float, str]:
    tests = ", ".join(map(write, node.tests))
    is_range = len(node.tests) == 1 and isinstance(node.tests[0], Range)
    return RELATION, f"{write(node.subject, SUM)} in {tests if is_range else f'({tests})'}"


def _write_range(node: Range) -> tuple[float, str]:
    opening, closing = "[" if node.includes_low else "(", "]" if node.includes_high else ")"
    return CONDITIONAL, f"{opening}{write(node.low, SUM)}..{write(node.high, SUM)}{closing}"


def _write_arithmetic(node: Arithmetic) -> tuple[float, str]:
    level = SUM if node.rest[0][0] in "+-" else PRODUCT
    rest = "".join(f" {operator} {write(operand, level + 1)}" for operator, operand in node.rest)
    return level, write(node.first, level + 1) + rest


def _write_conditional(node: Conditional) -> tuple[float, str]:
    return CONDITIONAL, f"{write(node.condition, OR)} ? {write(node.then)} : {write(node.otherwise)}"


def _write_quantified(node: Quantified) -> tuple[float, str]:
    word = "every" if node.is_every else "some"
    name = write(Name(node.name))
    return CONDITIONAL, f"{word} {name} in {write(node.items)} satisfies {write(node.condition)}"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_WRITERS: dict[type[Node], Callable[[Any], tuple[float, str]]] = {
    Literal: _write_literal,
    Name: _write_name,
    Subject: lambda node: (_VALUE, "?"),
    Path: _write_path,
    Call: lambda node: (_VALUE, f"{node.function}({', '.join(map(write, node.arguments))})"),
    ListOf: lambda node: (_SIGN, f"[{', '.join(map(write, node.items))}]"),
    MappingOf: _write_mapping,
    Or: _write_logic,
    And: _write_logic,
    Not: lambda node: (_NOT, f"not {write(node.operand, SUM)}"),
    Compare: _write_compare,
    Matches: _write_matches,
    Range: _write_range,
    Holds: lambda node: (CONDITIONAL, write(node.condition)),
    Arithmetic: _write_arithmetic,
    Negate: lambda node: (_SIGN, f"-{write(node.operand, _SIGN)}"),
    Conditional: _write_conditional,
    Quantified: _write_quantified,
}
