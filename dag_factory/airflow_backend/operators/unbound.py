"""UnboundOperator: stands for work that a template names and nothing here can run."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException


class UnboundOperator(BaseOperator):
    """Fails for good, saying why.

    :param reason: what the element names and why it cannot run.
    """

    def __init__(self, *, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reason = reason

    def execute(self, context: Context) -> None:
        """Raise ``AirflowFailException`` with the reason: another attempt would not help."""
        raise AirflowFailException(self.reason)
