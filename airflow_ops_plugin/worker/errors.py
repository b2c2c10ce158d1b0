"""What can go wrong when a task calls the plugin's API."""

from __future__ import annotations

from airflow_ops_plugin.errors import OpsError


class ApiUnreachableError(OpsError):
    """The API did not answer in the time that a task waits for it."""


class ApiRefusedError(OpsError):
    """The API said no; the message is its own.

    :param status_code: of the answer.
    """

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


class TokenExpiredError(ApiRefusedError):
    """The token is not valid any more; the task itself can get a new one."""
