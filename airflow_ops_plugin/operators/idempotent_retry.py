"""IdempotentRetryPolicy: a failed call is tried again only where doing it twice does no harm and may help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol, cast

from airflow.sdk import Context, RetryDecision, RetryPolicy

from airflow_ops_plugin.errors import OpsError

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
"""Methods that RFC 9110 (section 9.2.2) defines as safe to repeat."""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Responses after which the same request may succeed a little later."""


class ApiCallError(OpsError):
    """A call failed.

    :param status: the response's status; ``None`` where there was no response.
    :param is_transient: whether the same request may succeed a little later.
    :param retry_after_seconds: how long the server asked to wait; ``None`` where it did not.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        is_transient: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = None if status is None else str(status)
        self.is_transient = is_transient
        self.retry_after_seconds = retry_after_seconds


class RepeatableWork(Protocol):
    """What the policy asks the task's operator."""

    def is_repeatable(self) -> bool:
        """Return whether doing the work twice has the effect of doing it once."""

    def has_started(self) -> bool:
        """Return whether this attempt may have had an effect already."""


class IdempotentRetryPolicy(RetryPolicy):
    """Decides for operators that are ``RepeatableWork``: repeat what is repeatable, and only transient failures.

    A failure before the work started (a connection that cannot be read, say) is left to Airflow's own counting.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Return whether the task is tried again, and after how long where the server said so."""
        if isinstance(exception, ApiCallError) and not exception.is_transient:
            return RetryDecision.fail("the same request would fail again")
        work = cast(RepeatableWork, context["task"]) if context else None
        if work is None or (work.has_started() and not work.is_repeatable()):
            return RetryDecision.fail("the request may have had its effect, and repeating it is not safe")
        delay = exception.retry_after_seconds if isinstance(exception, ApiCallError) else None
        if delay is None:
            return RetryDecision.default()
        return RetryDecision.retry(timedelta(seconds=delay), f"the server asked to wait {delay:g} s")

    def serialize(self) -> dict[str, Any]:
        """Return nothing to remember: the policy has no settings."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> IdempotentRetryPolicy:
        """Return the policy."""
        return cls()
