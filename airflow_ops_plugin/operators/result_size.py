"""The limit on how large a task's result may be: it is kept in Airflow's database and read by every later task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_ops_plugin.operators.errors import ResultTooLargeError

MAX_RESULT_BYTES = 1024 * 1024
"""Largest result, as JSON in UTF-8."""


def check_result_size(result: Mapping[str, Any], remedy: str) -> None:
    """Refuse a result that is too large to keep.

    :param remedy: what the template's author can do about it, in the imperative.
    :raises ResultTooLargeError: the result is larger than ``MAX_RESULT_BYTES``; the message names the size.
    """
    size = len(json.dumps(result, ensure_ascii=False).encode())
    if size > MAX_RESULT_BYTES:
        raise ResultTooLargeError(
            f"the result has {size:,} bytes, more than the {MAX_RESULT_BYTES:,} allowed; {remedy}"
        )
