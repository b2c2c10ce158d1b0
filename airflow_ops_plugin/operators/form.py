"""The form of a request to a person: from a template's fields to Airflow Params, and back to checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import ParamValidationError

from airflow_ops_plugin.errors import OpsError

_SCHEMAS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "text": {"type": "string", "format": "multiline"},
    "enum": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}


class FormInputError(OpsError):
    """What a person entered does not fit the form."""


def form_param(field: Mapping[str, Any]) -> Param:
    """Return the Airflow Param that shows and checks one field.

    :param field: ``name``, ``type`` (default ``string``), ``title``, ``description``, ``required``, ``default``, and
        ``options``: the values of an ``enum``.
    :raises ValueError: the type is unknown.
    """
    kind = field.get("type", "string")
    if kind not in _SCHEMAS:
        raise ValueError(
            f"the form field {field['name']!r} has the unknown type {kind!r}; known: {', '.join(_SCHEMAS)}"
        )
    schema = dict(_SCHEMAS[kind]) | {"title": field.get("title") or field["name"]}
    is_required = field.get("required", False)
    if kind == "enum":
        schema["enum"] = [*field.get("options", ()), *([] if is_required else [None])]
    if not is_required:
        schema["type"] = [schema["type"], "null"]
    elif schema["type"] == "string":
        schema["minLength"] = 1
    return Param(field.get("default"), description=field.get("description") or None, **schema)


def checked_input(fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all fields, those that were not entered with their defaults.

    :raises FormInputError: a value does not fit its field, a required one is missing, or a name is unknown.
    """
    if unknown := sorted(given.keys() - {field["name"] for field in fields}):
        raise FormInputError(f"the form has no field {', '.join(unknown)}")
    return {field["name"]: _checked_value(field, given.get(field["name"], field.get("default"))) for field in fields}


def defaults(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values the form starts with: nobody entered any."""
    return {field["name"]: field.get("default") for field in fields}


def _checked_value(field: Mapping[str, Any], value: Any) -> Any:
    if value == "" and not field.get("required", False):
        value = None
    if value is None and field.get("required", False):
        raise FormInputError(f"the form field {field['name']!r} must be filled in")
    try:
        return form_param(field).resolve(value)
    except ParamValidationError as error:
        reason = str(error).partition("\n")[0]
        raise FormInputError(f"the form field {field['name']!r} has a value that does not fit: {reason}") from error
