"""Supervision of a task's process that stands in nobody's way at its start and at its end.

The process closes its pipes a moment before it is gone. If Airflow 3.3 looks in between, it has nothing left to wait
for but the time of its next heartbeat, and the worker stands still for up to five seconds (``[workers]
min_heartbeat_interval``): on two busy cores after every fourth task. And it sends the first heartbeat right after the
call that starts the task and counts as one, while the task waits for its answers.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from airflow.sdk.execution_time import supervisor

EXIT_SECONDS = 1.0
"""How long a process that has closed all its pipes is waited for before Airflow goes on with its heartbeats."""


class PromptSubprocess(supervisor.ActivitySubprocess):
    """The supervisor of a task's process, which waits for the end of one that has closed its pipes."""

    def _on_child_started(self, **details: Any) -> None:
        super()._on_child_started(**details)
        self._last_heartbeat_attempt = time.monotonic()

    def _check_subprocess_exit(self, *args: Any, **kwargs: Any) -> int | None:
        if self._exit_code is None and not self._open_sockets:
            with suppress(self._process.TimeoutExpired):
                self._process.wait(timeout=EXIT_SECONDS)
        return super()._check_subprocess_exit(*args, **kwargs)


def supervise_promptly() -> None:
    """Have all tasks that this process and its children start supervised by ``PromptSubprocess``."""
    supervisor.ActivitySubprocess = PromptSubprocess  # type: ignore[misc]
