"""Conditions and other single expressions of the file: to our language, or to a finding that says why not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.identifiers import variable_name_from
from dag_factory.frontends.bpmn.namespaces import Element, one_line, text_of
from dag_factory.frontends.bpmn.reading import Reading

_CODE = re.compile(r"groovy|java|script|mvel|drools|xpath3|python|ruby|ecma|jbpm", re.IGNORECASE)
_DATA_ACCESS = re.compile(
    r"""(?:\w+:)?get(?:DataObject|DataInput|DataOutput|ProcessProperty)\(\s*(['"])([^'"]+)\1\s*\)(?!\s*[/\[])"""
)
"""BPMN's own functions of XPath; one whose result a path goes on from is none of them."""
_RETURN = re.compile(r"\A\s*(?:return\b)?(.*?);?\s*\Z", re.DOTALL)
_OPERATORS = re.compile(r"[=<>&|{}();\"'!+*]")
_ANSWERS = frozenset(
    [
        "yes",
        "no",
        "ok",
        "ja",
        "nein",
        "oui",
        "non",
        "si",
        "sí",
        "sim",
        "não",
        "nao",
        "da",
        "net",
        "tak",
        "nie",
        "kyllä",
        "ei",
        "else",
        "otherwise",
        "default",
        "sonst",
        "andernfalls",
        "sinon",
        "altrimenti",
        "altro",
    ]
)
"""Single words that are answers, not names of variables."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands at a sequence flow.

    :param expression: canonical; ``None`` where there is none.
    :param words: what people read there where it is no expression.
    :param code: of the finding about one that only an engine could evaluate; empty for any other.
    :param problem: what that finding says.
    """

    expression: str | None = None
    words: str = ""
    code: str = ""
    problem: str = ""


def read_expression(raw: str, what: str) -> str | None:
    """Return one expression in canonical form; ``None`` for no text.

    :param what: what the expression is, in words, for the message.
    :raises CannotRunError: it cannot be read.
    """
    if not raw:
        return None
    try:
        return canonical_expression(raw)
    except ExpressionError as error:
        problem = f"has {what} {one_line(raw, 120)!r} that cannot be read: {error.problem}"
        raise CannotRunError("DF320", problem, REMEDY) from None


def read_condition(holder: Element, owner: Element, reading: Reading) -> Condition:
    """Return the condition in ``holder`` (``conditionExpression``, ``condition``) at ``owner``.

    One that only an engine could evaluate is returned with its problem, which the caller reports.
    """
    raw = _DATA_ACCESS.sub(lambda found: variable_name_from(found[2]), text_of(holder))
    if not raw:
        return _resource(holder)
    language = one_line(holder.get("language"), 60)
    if language and _CODE.search(language) and not raw.startswith(("${", "#{")):
        return _code(raw, language, owner, reading)
    try:
        expression = canonical_expression(raw)
    except ExpressionError as error:
        return _unreadable(raw, error, owner, reading)
    if raw.lower() in _ANSWERS:
        return Condition(words=one_line(raw, 100))
    return Condition(expression=expression)


def _code(raw: str, language: str, owner: Element, reading: Reading) -> Condition:
    """Return code that is nothing but a simple expression as one; any other code of a template never runs."""
    match = _RETURN.match(raw)
    try:
        expression = canonical_expression(match[1] if match else raw)
    except ExpressionError:
        return Condition(
            words=one_line(raw, 100),
            code="DF322",
            problem=f"has a condition in {language}, which is never run: {one_line(raw, 120)!r}",
        )
    reading.findings.warning(
        "DF323", owner, f"has a condition in {language} that is read as the expression {one_line(expression, 120)!r}"
    )
    return Condition(expression=expression)


def _unreadable(raw: str, error: ExpressionError, owner: Element, reading: Reading) -> Condition:
    is_wrapped = raw.startswith(("${", "#{", "="))
    if not is_wrapped and (not reading.is_executable or not _OPERATORS.search(raw)):
        reading.findings.warning(
            "DF324",
            owner,
            f"has the condition {one_line(raw, 120)!r}, which is words and no expression; it counts as a label",
            "write an expression, or choose by hand",
        )
        return Condition(words=one_line(raw, 100))
    return Condition(
        words=one_line(raw, 100),
        code="DF320",
        problem=f"has a condition that cannot be read: {error.problem} in {one_line(raw, 120)!r}",
    )


def _resource(holder: Element) -> Condition:
    resource = next((str(value) for name, value in holder.attrib.items() if str(name).endswith("}resource")), None)
    if not resource:
        return Condition()
    problem = f"has its condition in the script {resource!r}, which is never run"
    return Condition(words=one_line(resource, 100), code="DF322", problem=problem)


REMEDY = "use an expression of docs/expressions.md"
