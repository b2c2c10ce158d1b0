"""SharedWait: one poll for all the tasks of a triggerer that wait for an agent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID
from weakref import WeakKeyDictionary

import httpx

from airflow_ops_plugin.assignment.schemas import WaitBody
from airflow_ops_plugin.assignment.work import Woken
from airflow_ops_plugin.worker.certificates import trusted_certificates
from airflow_ops_plugin.worker.client import wait_for_work
from airflow_ops_plugin.worker.errors import ApiRefusedError, TokenExpiredError

IDS_PER_POLL = 1000
POLL_SECONDS = 0.5
"""How long one poll waits at the API: as long can it take until a newcomer is asked for."""

LONGEST_PAUSE_SECONDS = 5.0

log = logging.getLogger(__name__)


class SharedWait:
    """Asks the API for all waiting work items at once, again and again, until each is ready.

    An API that does not answer is waited for: the tasks wait anyway. All of it runs in one event loop.

    :param url: address of the plugin's API.
    """

    _of_loops: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedWait]]] = WeakKeyDictionary()

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http
        self._waiting: dict[UUID, asyncio.Future[Woken]] = {}
        self._tokens: dict[UUID, str] = {}
        self._token: str | None = None
        self._polling: asyncio.Task[None] | None = None

    @classmethod
    def of_this_loop(cls, url: str) -> SharedWait:
        """Return the one that all tasks of the running event loop share."""
        waits = cls._of_loops.setdefault(asyncio.get_running_loop(), {})
        if url not in waits:
            waits[url] = cls(url, httpx.AsyncClient(verify=trusted_certificates(url)))
        return waits[url]

    async def wait_for(self, item_id: UUID, token: str) -> Woken:
        """Return when the work item is not queued any more, or when no token is left to ask with.

        :param token: of the task that waits.
        """
        future = self._waiting.setdefault(item_id, asyncio.get_running_loop().create_future())
        self._tokens[item_id] = token
        if self._polling is None or self._polling.done():
            self._polling = asyncio.get_running_loop().create_task(self._poll())
        try:
            return await asyncio.shield(future)
        finally:
            self._waiting.pop(item_id, None)
            self._tokens.pop(item_id, None)

    async def _poll(self) -> None:
        pause = 0.0
        while self._waiting:
            try:
                await self._ask_for_all()
                pause = 0.0
            except (httpx.TransportError, ApiRefusedError, ValueError) as error:
                pause = min(pause * 2 or 0.5, LONGEST_PAUSE_SECONDS)
                log.warning("%d tasks wait for agents: %s; asking again in %.1f s", len(self._waiting), error, pause)
                await asyncio.sleep(pause)
            # Those who were woken leave before the next poll asks for them again.
            await asyncio.sleep(0)

    async def _ask_for_all(self) -> None:
        ids = list(self._waiting)
        parts = [ids[start : start + IDS_PER_POLL] for start in range(0, len(ids), IDS_PER_POLL)]
        for ready in await asyncio.gather(*map(self._ask, parts)):
            self._wake(ready, Woken.READY)

    async def _ask(self, ids: Sequence[UUID]) -> list[UUID]:
        """Return those of ``ids`` that are ready or unknown; with the first token that the API takes."""
        tokens = ([self._token] if self._token else []) + list(dict.fromkeys(self._tokens.values()))
        for token in tokens:
            try:
                return await self._ask_with(token, ids)
            except TokenExpiredError:
                self._token = None
        self._wake(ids, Woken.TOKEN_LOST)
        return []

    async def _ask_with(self, token: str, ids: Sequence[UUID]) -> list[UUID]:
        body = WaitBody(ids=list(ids), timeout_seconds=POLL_SECONDS)
        result, self._token = await wait_for_work(self._http, url=self._url, token=token, body=body)
        return [item.id for item in result.ready] + result.unknown

    def _wake(self, ids: Sequence[UUID], woken: Woken) -> None:
        for item_id in ids:
            future = self._waiting.get(item_id)
            if future is not None and not future.done():
                future.set_result(woken)
