"""Errors that several operators raise."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowFailException

from airflow_ops_plugin.errors import OpsError


class ArgumentValueError(OpsError, AirflowFailException):
    """The value of an operator's argument cannot be used; Airflow fails the task without further attempts."""


class ResultTooLargeError(OpsError, AirflowFailException):
    """A result does not fit where results are kept; another attempt would give the same."""
