"""Expressions of every dialect to the canonical text of our own language."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import fields, replace
from typing import Any

from dag_factory.expressions import Expression, ExpressionError, parse_expression, parse_text
from dag_factory.expressions.syntax_tree import Call, Literal, MappingOf, Name, Node, Path

_FEEL_TIME = re.compile(r"\A=\s*(?:duration|date and time|date)\s*\((.*)\)\s*\Z", re.DOTALL)


def canonical_expression(text: str) -> str:
    """Return one expression (bare, ``${...}``, ``#{...}`` or FEEL after ``=``) in canonical form, without wrapper.

    :raises ExpressionError: it is none.
    """
    return parse_expression(text).text


def canonical_text(text: str) -> str:
    """Return text with ``${...}`` or ``#{...}`` parts as text with canonical ``${...}`` parts.

    :raises ExpressionError: a part cannot be read.
    """
    parts = parse_text(text).parts
    return "".join(f"${{{part.text}}}" if isinstance(part, Expression) else literal_text(part) for part in parts)


def text_from_feel(text: str) -> str:
    """Return a value of Zeebe, FEEL after ``=`` or else the text itself, as text with ``${...}`` parts.

    :raises ExpressionError: the FEEL cannot be read.
    """
    if not text.lstrip().startswith("="):
        return literal_text(text)
    return f"${{{canonical_expression(text)}}}"


def time_from_feel(text: str) -> str:
    """Return a time of Zeebe: ``=duration(x)`` and the like are what ``x`` is.

    :raises ExpressionError: the FEEL cannot be read.
    """
    if match := _FEEL_TIME.match(text.strip()):
        inner = parse_expression(f"={match[1]}")
        if inner.is_constant():
            return literal_text(str(inner.evaluate({})))
        return f"${{{inner.text}}}"
    return text_from_feel(text)


def literal_text(text: str) -> str:
    """Return text that renders as ``text``, also where that looks like an expression."""
    return text.replace("${", "$${").replace("#{", "##{")


def lone_expression(text: str) -> str | None:
    """Return the expression of a text that is nothing but one ``${...}``, else ``None``."""
    parts = parse_text(text).parts
    return parts[0].text if len(parts) == 1 and isinstance(parts[0], Expression) else None


def replace_names(expression: str, new: Callable[[str], Node | None]) -> str | None:
    """Return ``expression`` with each variable as ``new(name)``, ``None`` where one of them has no new form."""
    parsed = parse_expression(expression)
    names = {name: new(name) for name in parsed.names}
    if not all(names.values()):
        return None
    return Expression(_rewrite(parsed.tree, lambda node: names.get(node.name) if isinstance(node, Name) else None)).text


def without_root(expression: str, root: str, allowed: Collection[str]) -> str | None:
    """Return ``expression`` with ``root.name`` as ``name``, ``None`` where it uses other than ``allowed`` names."""

    def change(node: Node) -> Node | None:
        if not isinstance(node, Path) or node.base != Name(root) or not isinstance(node.steps[0], str):
            return None
        return Path(Name(node.steps[0]), node.steps[1:]) if node.steps[1:] else Name(node.steps[0])

    changed = Expression(_rewrite(parse_expression(expression).tree, change))
    return changed.text if changed.names <= frozenset(allowed) else None


def fields_of(root: str, expression: str) -> frozenset[str]:
    """Return the names right below ``root`` that ``expression`` uses: of ``result.a.b`` it is ``a``."""
    found: set[str] = set()
    ahead = [parse_expression(expression).tree]
    while ahead:
        node = ahead.pop()
        ahead += node.children()
        if isinstance(node, Path) and node.base == Name(root) and isinstance(node.steps[0], str):
            found.add(node.steps[0])
    return frozenset(found)


def or_null(name: str) -> str:
    """Return the expression for a variable that may have no value."""
    return Expression(Call("coalesce", (Name(name), Literal(None)))).text


def mapping_entries(text: str) -> dict[str, str] | None:
    """Return the entries of a FEEL context as expressions by key, ``None`` for every other text."""
    try:
        tree = parse_expression(text).tree
    except ExpressionError:
        return None
    return {key: Expression(value).text for key, value in tree.entries} if isinstance(tree, MappingOf) else None


def _rewrite(value: Any, change: Callable[[Node], Node | None]) -> Any:
    """Return a tree, or a part of one, in which each node that ``change`` answers for is replaced by the answer."""
    if isinstance(value, tuple):
        return tuple(_rewrite(item, change) for item in value)
    if not isinstance(value, Node):
        return value
    if (changed := change(value)) is not None:
        return changed
    parts = {field.name: _rewrite(getattr(value, field.name), change) for field in fields(value)}
    made = replace(value, **parts)
    if isinstance(made, Path) and isinstance(made.base, Path):
        return Path(made.base.base, (*made.base.steps, *made.steps))
    return made
