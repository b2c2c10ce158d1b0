"""Secrets of a script: read from Airflow's connections and variables on the worker, and kept out of every output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.errors import ScriptSettingsError, SecretMissingError

if TYPE_CHECKING:
    from airflow.sdk import Connection

MASK = "***"
SHORTEST_MASKED = 5
"""Airflow does not mask shorter secrets either by default: too much ordinary text would match."""

_CONNECTION_FIELDS = ("password", "login", "host", "port", "schema", "uri")


def read_secrets(references: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each secret, and tell Airflow to mask them in its logs.

    :param references: environment variable -> ``connection:<id>.<field>`` or ``variable:<key>``, where the field is
        ``password``, ``login``, ``host``, ``port``, ``schema``, ``uri`` or ``extra.<key>``.
    :raises SecretMissingError: there is no such connection, variable or value.
    :raises ScriptSettingsError: a reference has another form.
    """
    from airflow.sdk.log import mask_secret

    secrets = {name: _read(name, reference) for name, reference in references.items()}
    for needle in find_needles(secrets.values()):
        mask_secret(needle)
    return secrets


def find_needles(secrets: Iterable[str]) -> list[str]:
    """Return the texts to hide, longest first: each secret, its lines (a key has many), each also as JSON writes it."""
    needles = set()
    for secret in secrets:
        for part in (secret, secret.strip(), *secret.splitlines()):
            needles |= {part, json.dumps(part)[1:-1]}
    return sorted((needle for needle in needles if len(needle) >= SHORTEST_MASKED), key=len, reverse=True)


def redact(text: str, needles: Iterable[str]) -> str:
    """Return ``text`` with every one of ``needles`` replaced by the mask."""
    for needle in needles:
        text = text.replace(needle, MASK)
    return text


def _read(name: str, reference: str) -> str:
    kind, _, rest = reference.partition(":")
    if kind == "variable" and rest:
        return _read_variable(name, rest)
    # Connection ids may hold dots; the field is the last part, or the part before the key of an extra.
    conn_id, _, field = rest.partition(".extra.") if ".extra." in rest else rest.rpartition(".")
    if kind != "connection" or not conn_id or not field:
        raise ScriptSettingsError(f"secret {name}: {reference!r} is neither connection:<id>.<field> nor variable:<key>")
    is_extra = ".extra." in rest
    if not is_extra and field not in _CONNECTION_FIELDS:
        known = ", ".join((*_CONNECTION_FIELDS, "extra.<key>"))
        raise ScriptSettingsError(f"secret {name}: a connection has no field {field!r}; known: {known}")
    return _read_connection(name, conn_id, field, is_extra=is_extra)


def _read_variable(name: str, key: str) -> str:
    from airflow.sdk import Variable
    from airflow.sdk.exceptions import AirflowRuntimeError

    try:
        value = Variable.get(key)
    except AirflowRuntimeError as error:
        raise SecretMissingError(f"secret {name}: Airflow has no variable {key!r}; create it") from error
    if value is None:
        raise SecretMissingError(f"secret {name}: the Airflow variable {key!r} is empty")
    return str(value)


def _read_connection(name: str, conn_id: str, field: str, *, is_extra: bool) -> str:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    try:
        connection = Connection.get(conn_id)
    except (AirflowNotFoundException, AirflowRuntimeError) as error:
        raise SecretMissingError(f"secret {name}: Airflow has no connection {conn_id!r}; create it") from error
    value = connection.extra_dejson.get(field) if is_extra else _read_field(connection, field)
    if value is None or value == "":
        shown = f"extra field {field!r}" if is_extra else field
        raise SecretMissingError(f"secret {name}: the connection {conn_id!r} has no {shown}; fill it in")
    return value if isinstance(value, str) else json.dumps(value)


def _read_field(connection: Connection, field: str) -> Any:
    return connection.get_uri() if field == "uri" else getattr(connection, field)
