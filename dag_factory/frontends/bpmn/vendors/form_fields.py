"""Fields of forms, from the words of the vendors to ``FormField`` and ``Variable``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element, one_line
from dag_factory.model.process import Variable
from dag_factory.nodes.manual import FormField

TYPES = {
    "string": "string",
    "text": "text",
    "multi-line-text": "text",
    "textarea": "text",
    "textfield": "string",
    "long": "integer",
    "int": "integer",
    "integer": "integer",
    "short": "integer",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "number": "number",
    "boolean": "boolean",
    "checkbox": "boolean",
    "date": "date",
    "datetime": "date-time",
    "date-time": "date-time",
    "enum": "enum",
    "radio": "enum",
    "select": "enum",
    "dropdown": "enum",
    "radio-buttons": "enum",
}
"""Type of a field by what vendors call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawField:
    """A field as the file gives it; ``options`` are the values of an enumeration."""

    name: str
    type: str = "string"
    title: str = ""
    description: str = ""
    is_required: bool = False
    default: Any = None
    options: Sequence[str] = ()


def make_fields(raw: Sequence[RawField], element: Element, findings: Findings) -> tuple[FormField, ...]:
    """Return the fields that Airflow can show; the others give warnings."""
    made: dict[str, FormField] = {}
    for item in raw:
        field = _make_field(item, element, findings)
        if field is None or field.name in made:
            continue
        made[field.name] = field
    return tuple(made.values())


def make_variables(raw: Sequence[RawField], element: Element, findings: Findings) -> tuple[Variable, ...]:
    """Return the fields of a start event's form as inputs of the run."""
    return tuple(
        Variable(
            name=field.name,
            type="string" if field.type == "enum" else field.type,
            default=field.default,
            is_required=field.required and field.default is None,
            title=field.title,
            description=field.description,
            choices=tuple(field.options),
        )
        for field in make_fields(raw, element, findings)
    )


def _make_field(raw: RawField, element: Element, findings: Findings) -> FormField | None:
    if not is_variable_name(raw.name):
        findings.warning(
            "DF430",
            element,
            f"has a form field {raw.name!r}, whose name cannot be the name of a variable; it is left out",
            "use letters, digits and _",
        )
        return None
    kind = TYPES.get(raw.type.lower(), "")
    options = list(dict.fromkeys(option for option in raw.options if option))
    if not kind or (kind == "enum" and not options):
        problem = f"of the type {raw.type!r}" if not kind else "without a list of values"
        findings.info("DF431", element, f"has a form field {raw.name!r} {problem}; people type its value as text")
        kind = "string"
    try:
        return FormField(
            name=raw.name,
            type=kind,
            title=one_line(raw.title),
            description=raw.description,
            required=raw.is_required,
            default=_default(raw, kind, options, element, findings),
            options=options if kind == "enum" else [],
        )
    except ValidationError:
        return None


def _default(raw: RawField, kind: str, options: Sequence[str], element: Element, findings: Findings) -> Any:
    value = raw.default
    if value is None or value == "":
        return None
    converted = _convert(value, kind, options)
    if converted is None:
        findings.warning(
            "DF432",
            element,
            f"has a form field {raw.name!r} whose default {one_line(str(value), 60)!r} is not a fixed value of its "
            "type; the field starts empty",
        )
    return converted


def _convert(value: Any, kind: str, options: Sequence[str]) -> Any:
    if isinstance(value, bool | int | float) and kind in ("boolean", "integer", "number"):
        return value
    if not isinstance(value, str):
        return None
    if "${" in value or "#{" in value or value.startswith("="):
        return None
    match kind:
        case "integer":
            return int(value) if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else None
        case "number":
            return float(value) if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", value) else None
        case "boolean":
            return {"true": True, "false": False}.get(value.lower())
        case "enum":
            return value if value in options else None
        case "date":
            return value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
        case "date-time":
            return value if re.match(r"\d{4}-\d\d-\d\dT", value) else None
    return value
