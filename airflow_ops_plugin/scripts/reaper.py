"""Removes containers of scripts whose worker died and whose task was not tried again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.container import LABEL, TIMEOUT_LABEL

if TYPE_CHECKING:
    from airflow.sdk.types import Logger

    from airflow_ops_plugin.scripts.engine import Engine

RUNNING_GRACE_SECONDS = 60
KEPT_FOR_RETRY_SECONDS = 24 * 3600
"""An ended container holds the result of a script for the retry that will fetch it."""


def reap_expired(engine: Engine, log: Logger) -> None:
    """Remove the containers of scripts on ``engine`` that are past their time, by the engine's clock."""
    containers = engine.call(lambda client: client.containers(all=True, filters={"label": LABEL}))
    if not containers:
        return
    now = _read_time(engine.call(lambda client: client.info())["SystemTime"])
    for container in containers:
        if is_expired(container, now):
            log.warning("Removing the container %s, left by a worker that died", container["Names"][0].lstrip("/"))
            engine.remove_container(container["Id"])


def is_expired(container: dict[str, Any], now: float) -> bool:
    """Return whether ``container``, as the engine lists it, is past its time at ``now`` (seconds since 1970)."""
    timeout = int(container["Labels"].get(TIMEOUT_LABEL, 0))
    grace = RUNNING_GRACE_SECONDS if container["State"] == "running" else KEPT_FOR_RETRY_SECONDS
    return bool(now > container["Created"] + timeout + grace)


def _read_time(text: str) -> float:
    """Return the instant of an RFC 3339 time, whatever the number of its decimals."""
    return datetime.fromisoformat(text[:19] + "+00:00").timestamp() if text.endswith("Z") else _read_local(text)


def _read_local(text: str) -> float:
    return datetime.fromisoformat(text[:19] + text[-6:]).timestamp()
