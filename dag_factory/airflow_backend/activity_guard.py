"""ActivityGuard: surrounds the work of an activity, so that events on its border can stop it and see why it failed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk.exceptions import AirflowSkipException

from dag_factory.airflow_backend.read_xcom import read_xcom
from dag_factory.airflow_backend.stop_tasks import STOPS_KEY

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

ERROR_KEY = "error"
"""XCom under which a failed task tells its error: ``code`` and ``message``."""

POLL_SECONDS = 2.0


class _StopRequest(BaseException):
    """Raised in the midst of the work: no operator's ``except Exception`` may take it for a failure."""


class ActivityGuard:
    """Context manager around an operator's work.

    While the work goes on, a thread asks whether one of ``stopped_by`` wants it to stop. Then the operator's
    ``on_kill`` is called and the task ends as skipped. Whatever exception ends the work, one with an ``error_code``
    publishes it, for the error events of the diagram.
    """

    def __init__(self, operator: BaseOperator, context: Context, stopped_by: Sequence[str]) -> None:
        self._operator = operator
        self._context = context
        self._stopped_by = list(stopped_by)
        self._is_over = threading.Event()
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        self._former: Any = None

    def __enter__(self) -> ActivityGuard:
        """Begin to listen.

        :raises AirflowSkipException: it is to stop before it has begun.
        """
        if not self._stopped_by:
            return self
        if self._is_asked_to_stop():
            raise AirflowSkipException("an event has ended this activity before it began")
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGUSR1, self._interrupt)
            self._thread = threading.Thread(target=self._listen, name="stop-watch", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        """End listening; turn whatever ended a stopped activity into a skip."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            signal.signal(signal.SIGUSR1, self._former)
        if self._is_stopped and error is not None:
            raise AirflowSkipException("an event on the border of this activity has stopped it") from error
        code = getattr(error, "error_code", None)
        if code is not None:
            publish_error(self._context, str(code), str(error))
        return False

    def _listen(self) -> None:
        while not self._is_over.wait(POLL_SECONDS):
            if self._is_asked_to_stop():
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                return

    def _is_asked_to_stop(self) -> bool:
        return any(read_xcom(self._context["ti"], task, STOPS_KEY) for task in self._stopped_by)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if not self._is_over.is_set():
            self._is_stopped = True
            self._operator.on_kill()
            raise _StopRequest


def publish_error(context: Context, code: str, message: str) -> None:
    """Tell the tasks behind which error this one fails with."""
    context["ti"].xcom_push(key=ERROR_KEY, value={"code": code, "message": message[:2000]})
