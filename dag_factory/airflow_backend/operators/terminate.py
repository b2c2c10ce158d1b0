"""TerminateOperator: ends what else goes on in its scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from dag_factory.airflow_backend.activity_guard import publish_error
from dag_factory.airflow_backend.stop_tasks import stop_tasks

if TYPE_CHECKING:
    from airflow.sdk import Context


class TerminateOperator(BaseOperator):
    """Stops the other tasks of its scope, then succeeds; or fails with an error, for the error events around.

    :param stops: the tasks that end.
    :param fails: whether it fails afterwards.
    :param error: code of the error with which it fails.
    """

    def __init__(self, *, stops: Sequence[str] = (), fails: bool = False, error: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stops = list(stops)
        self.fails = fails
        self.error = error

    def execute(self, context: Context) -> None:
        """Stop the tasks.

        :raises AirflowFailException: it is an error end.
        """
        if self.stops:
            stop_tasks(context, self.stops, self.log)
        if self.fails:
            message = f"the process reached the error end {self.task_display_name!r}"
            publish_error(context, self.error, message)
            raise AirflowFailException(f"{message} (error code {self.error!r})" if self.error else message)
