"""What an API answered: read within limits, as plain data."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from requests import Response
from requests.exceptions import RequestException

from airflow_ops_plugin.operators.idempotent_retry import ApiCallError

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Largest response body that is read at all, before any filter."""

MAX_RETRY_AFTER_SECONDS = 3600.0

SECRET_HEADERS = frozenset(
    {
        "set-cookie",
        "set-cookie2",
        "authorization",
        "proxy-authorization",
        "authentication-info",
        "x-api-key",
        "x-auth-token",
    }
)
"""Response headers that never become part of a result."""

_CHUNK_BYTES = 64 * 1024


def read_body(response: Response, deadline: float) -> bytes:
    """Return the body of a streamed response.

    :param deadline: instant of ``time.monotonic()`` by which it must be complete.
    :raises ApiCallError: it is too large, too slow, or breaks off.
    """
    parts: list[bytes] = []
    size = 0
    try:
        for part in response.iter_content(_CHUNK_BYTES):
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise ApiCallError(f"the response has more than {MAX_BODY_BYTES:,} bytes", status=response.status_code)
            if time.monotonic() > deadline:
                raise ApiCallError("the response was not complete in time", is_transient=True)
            parts.append(part)
    except RequestException as error:
        raise ApiCallError(f"the response broke off: {error}", is_transient=True) from error
    finally:
        response.close()
    return b"".join(parts)


def read_text(response: Response, body: bytes) -> str:
    """Return ``body`` as text, in the encoding the response declares, else UTF-8; bad bytes are replaced."""
    try:
        return body.decode(response.encoding or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")


def read_value(response: Response, body: bytes) -> Any:
    """Return ``body`` parsed where the response says it is JSON, else as text; ``None`` where it is empty.

    :raises ApiCallError: it says JSON and is none.
    """
    if not body:
        return None
    if not _is_json(response.headers.get("Content-Type", "")):
        return read_text(response, body)
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        problem = f"the response says it is JSON but is not: {error}"
        raise ApiCallError(problem, status=response.status_code) from error


def visible_headers(response: Response) -> dict[str, str]:
    """Return the response headers by lower-case name, without those that carry secrets."""
    return {name.lower(): value for name, value in response.headers.items() if name.lower() not in SECRET_HEADERS}


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how long the server asks to wait, at most an hour; ``None`` where it does not, or not legibly.

    :param now: the time from which a date counts; the clock's where absent.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isdecimal():
        return min(float(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    seconds = (instant.replace(tzinfo=instant.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return float(min(max(math.ceil(seconds), 0), MAX_RETRY_AFTER_SECONDS))


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
