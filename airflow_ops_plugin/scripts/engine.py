"""Engine: one Docker engine behind its API, with patience for a restart of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_ops_plugin.scripts.errors import EngineUnavailableError

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

_POLL_SECONDS = 1.0


class Engine:
    """One Docker engine.

    :param connect: returns a new client, or raises; called again after a lost connection.
    :param url: the engine's address, for messages.
    :param wait_seconds: how long ``call`` waits for an engine that stopped answering.
    :param is_lost: says while it waits that nobody expects the engine back.
    """

    def __init__(
        self,
        connect: Callable[[], APIClient],
        *,
        url: str,
        wait_seconds: float,
        is_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        self.url = url
        self._is_lost = is_lost
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._client: APIClient | None = None
        self._identity: str | None = None

    @property
    def client(self) -> APIClient:
        """The client in use.

        :raises EngineUnavailableError: no engine answers, or it refuses.
        """
        if self._client is None:
            self._client = self._open()
        return self._client

    @property
    def identity(self) -> str:
        """What the engine keeps over restarts and shares with no other.

        Its id alone is not that: cloned machines have the same, and so have two engines of one machine.
        """
        if self._identity is None:
            facts = self.call(lambda client: client.info())
            self._identity = " ".join(str(facts.get(key)) for key in ("ID", "Name", "DockerRootDir"))
        return self._identity

    def call(self, action: Callable[[APIClient], T]) -> T:
        """Return what ``action`` does with a client; ``action`` must do no harm when it is done twice.

        A lost connection is made again and an engine that is just starting or stopping is waited for.

        :raises EngineUnavailableError: it did not come back in time.
        :raises docker.errors.APIError: the engine answers that it cannot be done.
        """
        from docker.errors import APIError
        from requests.exceptions import RequestException

        give_up_at: float | None = None
        while True:
            try:
                return action(self.client)
            except (RequestException, EngineUnavailableError, APIError) as error:
                is_refusal = isinstance(error, APIError) and error.status_code != 503
                is_first_contact = self._client is None and give_up_at is None
                if is_refusal or is_first_contact:
                    raise
                now = time.monotonic()
                give_up_at = give_up_at or now + self._wait_seconds
                if now > give_up_at or self._is_lost():
                    raise EngineUnavailableError(
                        f"The Docker engine at {self.url} stopped answering and did not come back within "
                        f"{self._wait_seconds:g} s: {error}. A retry of this task will look for its container there."
                    ) from error
                self._client = None
                time.sleep(_POLL_SECONDS)

    def find_container(self, name: str) -> dict[str, Any] | None:
        """Return what the engine says of the container called ``name``; ``None`` where there is none."""
        from docker.errors import NotFound

        try:
            found: dict[str, Any] = self.call(lambda client: client.inspect_container(name))
        except NotFound:
            return None
        return found

    def remove_container(self, name: str) -> None:
        """Kill and remove the container called ``name`` with its volumes, where there is one."""
        from docker.errors import APIError

        try:
            self.call(lambda client: client.remove_container(name, v=True, force=True))
        except APIError as error:
            # 404: it is gone. 409: somebody else is removing it at this moment.
            if error.status_code not in (404, 409):
                raise

    def _open(self) -> APIClient:
        from airflow.sdk.exceptions import AirflowException
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            return self._connect()
        except (DockerException, RequestException, AirflowException, OSError) as error:
            raise EngineUnavailableError(
                f"no Docker engine answers at {self.url}: {error}. Start it, or let [ops] docker_url (or DOCKER_HOST) "
                "name one that this worker can reach and may use."
            ) from error
