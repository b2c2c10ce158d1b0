"""Variables to run parameters: the fields of Airflow's trigger form."""

from __future__ import annotations

from typing import Any

from dag_factory.dag_spec import ParamSpec
from dag_factory.model.process import Variable

_SCHEMAS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "text": {"type": "string", "format": "multiline"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "array": {"type": "array"},
    "object": {"type": "object"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "any": {"type": ["string", "number", "boolean", "object", "array"]},
}


def lower_variable(variable: Variable) -> ParamSpec:
    """Return the run parameter of ``variable``; one that is neither required nor has a default may be null.

    So may one whose default is the empty text: what cannot be null, Airflow's form does not let be empty.
    """
    schema = dict(_SCHEMAS[variable.type])
    is_nullable = not variable.is_required and variable.default in (None, "")
    if variable.choices:
        schema["enum"] = [*variable.choices, *([None] if is_nullable else [])]
    if is_nullable:
        kinds = schema["type"]
        schema["type"] = ["null", *(kinds if isinstance(kinds, list) else [kinds])]
    if variable.title:
        schema["title"] = variable.title
    return ParamSpec(
        name=variable.name,
        schema=schema | (variable.constraints or {}),
        default=variable.default,
        is_required=variable.is_required,
        description=variable.description,
    )
