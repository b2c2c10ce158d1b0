"""Starts a script's container, or joins it where it runs already, and follows it to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.container import TIMEOUT_LABEL
from airflow_ops_plugin.scripts.errors import ScriptError, ScriptInterruptedError
from airflow_ops_plugin.scripts.exit_code import describe_exit_code
from airflow_ops_plugin.scripts.log_stream import LogStream

if TYPE_CHECKING:
    from docker import APIClient

    from airflow_ops_plugin.scripts.engine import Engine
    from airflow_ops_plugin.scripts.output import ScriptOutput

_ACTIVE_STATES = ("running", "paused", "restarting")
_KILLED_EXIT_CODES = (137, 143)
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEnd:
    """How a script's container ended.

    :param execution_time: seconds.
    :param is_timed_out: the container's own clock ended it.
    """

    exit_code: int
    execution_time: float
    is_timed_out: bool
    is_out_of_memory: bool

    def describe(self, memory: str) -> str:
        """Return why it ended, in words that continue "The script"; empty where the exit code says it all."""
        if self.is_out_of_memory:
            return f"ran out of its memory limit of {memory} (exit code {self.exit_code})"
        if self.exit_code in _KILLED_EXIT_CODES:
            return f"{describe_exit_code(self.exit_code)}; if it did not do so itself, its Docker engine was stopped"
        return ""


def follow_container(engine: Engine, name: str, output: ScriptOutput) -> ContainerEnd:
    """Start the container called ``name`` unless it was started before, and give all its output to ``output``.

    :raises EngineUnavailableError: the engine went away and did not come back in time.
    :raises ScriptInterruptedError: the container was removed meanwhile.
    :raises ScriptError: the container cannot be started.
    """
    _start(engine, name)
    stream = LogStream(name)
    while True:
        _read_live(engine, stream, output)
        container = engine.find_container(name)
        if container is None or container["State"]["Status"] == "removing":
            raise ScriptInterruptedError(f"The script was stopped: its container {name} was removed while it ran.")
        if container["State"]["Status"] not in _ACTIVE_STATES:
            break
        time.sleep(_POLL_SECONDS)
    engine.call(lambda client: _read_rest(client, stream, output))
    output.finish()
    return _describe_end(container)


def _start(engine: Engine, name: str) -> None:
    from docker.errors import APIError

    def start(client: APIClient) -> None:
        # Looked up each time: to start a container that has ended would run the script again.
        if client.inspect_container(name)["State"]["Status"] == "created":
            client.start(name)

    try:
        engine.call(start)
    except APIError as error:
        raise ScriptError(f"The container of the script cannot be started: {error.explanation or error}") from error


def _read_live(engine: Engine, stream: LogStream, output: ScriptOutput) -> None:
    """Read until the container ends, or the connection does: the caller looks which of them it was."""
    from docker.errors import APIError
    from requests.exceptions import RequestException

    try:
        for number, text in stream.read(engine.client, follow=True):
            output.feed(number, text)
    except (RequestException, APIError):
        return


def _read_rest(client: APIClient, stream: LogStream, output: ScriptOutput) -> None:
    for number, text in stream.read(client, follow=False):
        output.feed(number, text)


def _describe_end(container: dict[str, Any]) -> ContainerEnd:
    state = container["State"]
    execution_time = _read_time(state["FinishedAt"]) - _read_time(state["StartedAt"])
    timeout = int(container["Config"]["Labels"].get(TIMEOUT_LABEL, 0))
    exit_code = int(state["ExitCode"])
    return ContainerEnd(
        exit_code=exit_code,
        execution_time=max(execution_time, 0.0),
        is_timed_out=exit_code == 137 and 0 < timeout <= execution_time,
        is_out_of_memory=bool(state.get("OOMKilled")) and exit_code != 0,
    )


def _read_time(text: str) -> float:
    """Return the instant of ``2026-01-31T12:00:00.123456789Z`` in seconds; the engine writes UTC here."""
    whole, _, decimals = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{decimals or 0}")
