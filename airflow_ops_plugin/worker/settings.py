"""Where a task finds the plugin's API, and how long it waits for it: options of the section ``[ops]``."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PATIENCE_SECONDS = 150.0
API_PATH = "/ops"
_EXECUTION_PATH = "/execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """The options that concern calls of the API.

    :param url: of the API, without a slash at the end (``api_url``); by default beside Airflow's execution API.
    :param patience_seconds: how long a call is repeated while the API server is away (``api_patience_seconds``).
    """

    url: str
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS

    @classmethod
    def read(cls) -> WorkerSettings:
        """Return the settings of this deployment."""
        from airflow.sdk import conf

        given = conf.get("ops", "api_url", fallback=None)
        execution = conf.get("core", "execution_api_server_url", fallback=None)
        base = conf.get("api", "base_url", fallback=None) or "http://localhost:8080"
        return cls(
            url=api_url(given=given, execution_api=execution, base=base),
            patience_seconds=conf.getfloat("ops", "api_patience_seconds", fallback=DEFAULT_PATIENCE_SECONDS),
        )


def api_url(*, given: str | None, execution_api: str | None, base: str) -> str:
    """Return the address of the plugin's API: the given one, else beside the execution API, else below the UI's."""
    if given:
        return given.rstrip("/")
    server = (execution_api or base).rstrip("/").removesuffix(_EXECUTION_PATH)
    return f"{server}{API_PATH}"
