"""ContainerReference: what a try remembers of its container for the next try, in Airflow's task state store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerReference:
    """Where a script was started.

    :param engine: identity of the engine.
    :param url: the engine's address as the worker of that try knew it, for messages.
    :param connection: id of the Airflow connection to the engine, where an agent's was used.
    :param agent: name of that agent.
    :param expires_at: when the container is certainly over; aware, UTC.
    :param result: the script's result once it has ended well: kept before the container is removed, so that a worker
        that dies right then does not make the script run again.
    """

    name: str
    engine: str
    url: str
    expires_at: datetime
    connection: str | None = None
    agent: str | None = None
    result: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the store takes it."""
        return {**asdict(self), "expires_at": self.expires_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ContainerReference:
        """Return what ``as_json`` wrote."""
        return cls(**{**data, "expires_at": datetime.fromisoformat(data["expires_at"])})
