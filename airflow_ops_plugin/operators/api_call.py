"""ApiCallOperator: calls an HTTP API through an Airflow connection."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from airflow.sdk import Context
from airflow.sdk._shared.secrets_masker import redact  # the same function masks logs; Airflow has no public name for it
from requests import Response
from requests.exceptions import ChunkedEncodingError, ConnectionError, RequestException, SSLError, Timeout

from airflow_ops_plugin.operators.api_address import is_same_host, path_below
from airflow_ops_plugin.operators.api_response import (
    read_body,
    read_text,
    read_value,
    retry_after_seconds,
    visible_headers,
)
from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.idempotent_retry import IDEMPOTENT_METHODS, TRANSIENT_STATUSES, ApiCallError
from airflow_ops_plugin.operators.result_size import check_result_size
from airflow_ops_plugin.operators.uses_agent import UsesAgent
from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import parse_expression

IDEMPOTENCY_HEADER = "Idempotency-Key"
MAX_CONNECT_SECONDS = 10.0
EXCERPT_CHARACTERS = 500
"""How much of an unexpected response the error shows."""

_STATUS_PATTERN = re.compile(r"[1-5](xx|\d\d)")
_SENT_KEY = "request_sent"
"""Task state: ``max_tries`` of the attempts to which a request that is not repeatable belongs."""


class ApiCallOperator(UsesAgent, UsesVariables, HttpOperator):
    """Sends one request and returns ``status``, ``headers``, ``body`` and ``elapsed_seconds`` of the answer.

    Use it with ``IdempotentRetryPolicy``. A request that is not repeatable (a POST without an idempotency key) is
    sent once at most, even when the worker dies: a further attempt by Airflow refuses; clearing the task by hand
    allows one more.

    :param connection: id of an HTTP connection; base address and credentials. Interpolated.
    :param endpoint: path below the base address; it cannot lead to another host. Interpolated.
    :param query: query parameters; a list repeats the parameter, ``None`` leaves it out. Interpolated.
    :param headers: request headers. Interpolated.
    :param body: a string is sent as it is, every other value as JSON, ``None`` means no body. Interpolated.
    :param expected_status: status codes or classes (``"2xx"``) that count as success.
    :param response_filter: expression over ``status``, ``headers`` and ``body`` whose value replaces ``body``.
    :param idempotency_key: ``True`` for a key that is the same in all attempts of this task instance, or the key
        itself (interpolated); sent as ``Idempotency-Key``.
    :param timeout_seconds: limit for the whole answer; connecting takes ten seconds at most.
    :param allow_redirects: whether redirects are followed; never to another host.
    """

    template_fields: Sequence[str] = (
        "http_conn_id",
        "endpoint",
        "query",
        "headers",
        "body",
        "idempotency_key",
        "agent",
    )
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        connection: str = "http_default",
        method: str = "GET",
        endpoint: str = "",
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        expected_status: Sequence[int | str] = ("2xx",),
        response_filter: str | None = None,
        idempotency_key: bool | str = False,
        timeout_seconds: float = 300.0,
        allow_redirects: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(http_conn_id=connection, method=method.upper(), endpoint=endpoint, deferrable=False, **kwargs)
        self.query = dict(query or {})
        self.headers = dict(headers or {})
        self.body = body
        self.expected_status = [_checked_pattern(item) for item in expected_status]
        self.response_filter_text = response_filter
        self.idempotency_key = idempotency_key
        self.timeout_seconds = timeout_seconds
        self.allow_redirects = allow_redirects
        self._has_started = False

    def work(self, context: Context) -> dict[str, Any]:
        """Send the request and return the answer.

        :raises ApiCallError: there was no answer, or not an expected one.
        :raises ArgumentValueError: an argument's value cannot be used; nothing was sent.
        """
        with self.guarded(context):
            return self._call(context)

    def _call(self, context: Context) -> dict[str, Any]:
        headers = self._request_headers(context)
        started_at = time.monotonic()
        response = self._send(context, headers)
        body = read_body(response, started_at + self.timeout_seconds)
        if not self._is_expected(response.status_code):
            raise self._unexpected(response, body)
        result = {
            "status": response.status_code,
            "headers": visible_headers(response),
            "body": read_value(response, body),
            "elapsed_seconds": round(time.monotonic() - started_at, 3),
        }
        if self.response_filter_text:
            result["body"] = parse_expression(self.response_filter_text).evaluate(result)
        check_result_size(result, "keep only what is needed of it with response_filter")
        self.publish_outputs(context, result)
        return result

    def is_repeatable(self) -> bool:
        """Return whether sending the request twice has the effect of sending it once."""
        has_key = any(name.lower() == IDEMPOTENCY_HEADER.lower() for name in self.headers)
        return self.method in IDEMPOTENT_METHODS or bool(self.idempotency_key) or has_key

    def has_started(self) -> bool:
        """Return whether this attempt may have sent the request."""
        return self._has_started

    def _request_headers(self, context: Context) -> dict[str, str]:
        headers = {name: str(value) for name, value in self.headers.items() if value is not None}
        if self.idempotency_key:
            given = self.idempotency_key
            headers[IDEMPOTENCY_HEADER] = given if isinstance(given, str) else _stable_key(context)
        elif isinstance(self.idempotency_key, str):
            raise ArgumentValueError("the idempotency key is empty; a request without one could be sent twice")
        if self.body is not None and not any(name.lower() == "content-type" for name in headers):
            kind = "text/plain; charset=utf-8" if isinstance(self.body, str) else "application/json"
            headers["Content-Type"] = kind
        return headers

    def _send(self, context: Context, headers: dict[str, str]) -> Response:
        hook = self._http_hook()
        endpoint = path_below(hook.base_url, self.endpoint or "")
        parts = self._request_parts()
        options = {
            "check_response": False,
            "stream": True,
            "timeout": (min(MAX_CONNECT_SECONDS, self.timeout_seconds), self.timeout_seconds),
            "allow_redirects": self.allow_redirects,
        }
        self.log.info("%s %s", self.method, hook.url_from_endpoint(endpoint))
        if not self.is_repeatable():
            _claim_single_send(context)
        self._has_started = True
        try:
            response: Response = hook.run(endpoint, headers=headers, extra_options=options, **parts)
        except SSLError as error:
            raise ApiCallError(f"no secure connection: {redact(str(error))}") from error
        except (ConnectionError, Timeout, ChunkedEncodingError) as error:
            raise ApiCallError(f"no answer: {redact(str(error))}", is_transient=True) from error
        except RequestException as error:
            raise ApiCallError(f"the request cannot be sent: {redact(str(error))}") from error
        return response

    def _http_hook(self) -> HttpHook:
        hook = self.hook
        if not isinstance(hook, HttpHook):
            raise ArgumentValueError(f"the connection {self.http_conn_id!r} is not an HTTP connection")
        hook.url_from_endpoint("")  # fills hook.base_url, which is empty before
        return hook

    def _request_parts(self) -> dict[str, Any]:
        query = {name: _query_value(value) for name, value in self.query.items()}
        hooks = {"response": _refuse_foreign_redirect}
        if self.method not in ("GET", "HEAD"):
            return {"data": None if self.body is None else _encode(self.body), "params": query, "hooks": hooks}
        if self.body is not None and (self.method == "HEAD" or isinstance(self.body, str)):
            raise ArgumentValueError(
                f"a {self.method} cannot have this body; only a GET can have one, as an object or list"
            )
        # HttpHook takes the query of a GET under the name of the body.
        query_name = "data" if self.method == "GET" else "params"
        return {query_name: query, "hooks": hooks} | ({} if self.body is None else {"json": self.body})

    def _is_expected(self, status: int) -> bool:
        return any(pattern in (str(status), f"{status // 100}xx") for pattern in self.expected_status)

    def _unexpected(self, response: Response, body: bytes) -> ApiCallError:
        excerpt = str(redact(read_text(response, body)[: EXCERPT_CHARACTERS * 2]))[:EXCERPT_CHARACTERS]
        expected = ", ".join(self.expected_status)
        is_transient = response.status_code in TRANSIENT_STATUSES
        return ApiCallError(
            f"status {response.status_code} instead of {expected}: {excerpt or '(no body)'}",
            status=response.status_code,
            is_transient=is_transient,
            retry_after_seconds=retry_after_seconds(response.headers) if is_transient else None,
        )


def _checked_pattern(status: int | str) -> str:
    if not _STATUS_PATTERN.fullmatch(str(status)):
        raise ValueError(f"expected_status {status!r} is neither a status code nor a class such as '2xx'")
    return str(status)


def _stable_key(context: Context) -> str:
    ti = context["ti"]
    place = json.dumps([ti.dag_id, ti.run_id, ti.task_id, ti.map_index])
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def _claim_single_send(context: Context) -> None:
    """Record that the request is about to be sent, once for all attempts that Airflow makes by itself.

    ``max_tries`` tells them apart from attempts after a person cleared the task: clearing raises it.
    """
    store, max_tries = context["task_state_store"], context["ti"].max_tries
    if store.get(_SENT_KEY) == max_tries:
        raise ArgumentValueError(
            "an earlier attempt may have sent this request, and repeating it is not safe; check what happened, then "
            "clear the task to send it again, or set idempotency_key where the API knows it"
        )
    store.set(_SENT_KEY, max_tries)


def _encode(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


def _query_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [_query_value(item) for item in value]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def _refuse_foreign_redirect(response: Response, **_: Any) -> None:
    if response.is_redirect and not is_same_host(response.url, urljoin(response.url, response.headers["Location"])):
        response.close()
        raise ApiCallError("the server redirects to another host, which is not followed", status=response.status_code)
