"""What the deployment decides about the engine: options of the configuration section ``[ops]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The options that concern the engine.

    :param interval: pause between two ticks (``engine_interval_seconds``).
    :param ping_interval: how often a Docker host is asked (``docker_ping_interval_seconds``).
    :param silence: how long a Docker host may not answer (``docker_silence_seconds``).
    """

    interval: timedelta = timedelta(seconds=1)
    ping_interval: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=30)

    @classmethod
    def read(cls) -> EngineSettings:
        """Return the settings of this deployment."""
        from airflow.configuration import conf

        def seconds(name: str, default: float) -> timedelta:
            return timedelta(seconds=conf.getfloat("ops", name, fallback=default))

        return cls(
            interval=seconds("engine_interval_seconds", 1),
            ping_interval=seconds("docker_ping_interval_seconds", 10),
            silence=seconds("docker_silence_seconds", 30),
        )
