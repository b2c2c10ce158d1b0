"""WaitOperator: waits for a time without using a worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import BaseOperator, Context
from airflow.sdk.bases.xcom import BaseXCom

from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.instant import end_of_duration, instant
from dag_factory.airflow_backend.uses_variables import UsesVariables


class WaitOperator(UsesVariables, BaseOperator):
    """Waits for a duration or until an instant and returns ``waited_until`` (ISO 8601, UTC).

    The end is known when the wait begins, so the result is published then, and the trigger ends the task by itself:
    no worker is needed twice. An end in the past is no wait at all.

    :param duration: ISO 8601 duration or seconds. Interpolated. Excludes ``until``.
    :param until: ISO 8601 instant. Interpolated.
    :param timezone: IANA zone of an ``until`` without an offset, and of the days and months of a ``duration``.
    """

    template_fields: Sequence[str] = ("duration", "until", "timezone")
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        duration: str | float | None = None,
        until: str | None = None,
        timezone: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (duration is None) == (until is None):
            raise ValueError("give either duration or until")
        self.duration = duration
        self.until = until
        self.timezone = timezone

    def execute(self, context: Context) -> dict[str, str]:
        """Return at once where the end has passed, else hand over to the trigger.

        :raises ArgumentValueError: the end cannot be read.
        """
        now = datetime.now(UTC)
        end = self._end(now)
        result = {"waited_until": end.isoformat()}
        self.publish_outputs(context, result)
        if end > now:
            context["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=result)
            self.defer(
                trigger=DateTimeTrigger(end, end_from_trigger=True),
                method_name="return_published",
                timeout=self.execution_timeout,
            )
        return result

    def return_published(self, context: Context, event: Any = None) -> Any:
        """Return what was published before the wait; called only where Airflow resumes the task all the same."""
        return context["ti"].xcom_pull(key=BaseXCom.XCOM_RETURN_KEY, map_indexes=context["ti"].map_index)

    def _end(self, now: datetime) -> datetime:
        if self.until is not None:
            return instant(str(self.until), self.timezone)
        if self.duration is None:
            raise ArgumentValueError("neither the duration nor the instant has a value")
        return end_of_duration(self.duration, now, self.timezone)
