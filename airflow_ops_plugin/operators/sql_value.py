"""What a database column holds, as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from airflow_ops_plugin.operators.errors import ArgumentValueError


def to_json(value: Any, column: str) -> Any:
    """Return ``value`` as JSON: dates and times in ISO 8601, intervals in seconds, other types as their text.

    A decimal becomes an integer where it is whole and a float otherwise, which has about 15 digits.

    :param column: where it comes from, for the message.
    :raises ArgumentValueError: it is binary or not a finite number.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value, column)
    if isinstance(value, bytes | bytearray | memoryview):
        raise ArgumentValueError(f"column {column!r} is binary; encode it in the statement, for example with encode()")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): to_json(item, column) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item, column) for item in value]
    return str(value)


def _number(value: float | Decimal, column: str) -> int | float:
    if not math.isfinite(value):
        raise ArgumentValueError(f"column {column!r} holds {value}, which is not a number; replace it in the statement")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return float(value)
