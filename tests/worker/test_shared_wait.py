"""The one poll that all waiting tasks of a triggerer share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from airflow_ops_plugin.assignment.work import Woken
from airflow_ops_plugin.worker import shared_wait
from airflow_ops_plugin.worker.shared_wait import SharedWait

NOW = datetime(2030, 1, 1, tzinfo=UTC).isoformat()


class Api:
    """The API's wait, which answers at once.

    :param failures: answers given first, one for each call.
    """

    def __init__(self, *failures: int, valid_tokens: frozenset[str] = frozenset({"t", "fresh"})) -> None:
        self.ready: set[UUID] = set()
        self.asked: list[list[UUID]] = []
        self.tokens: list[str] = []
        self._failures = list(failures)
        self._valid_tokens = valid_tokens

    async def answer(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        ids = [UUID(one) for one in json.loads(request.content)["ids"]]
        self.asked.append(ids)
        self.tokens.append(token)
        await asyncio.sleep(0.01)
        if self._failures:
            code = self._failures.pop(0)
            if not code:
                raise httpx.ConnectError("refused")
            return httpx.Response(code, json={"detail": "not now"})
        if token not in self._valid_tokens:
            return httpx.Response(401, json={"detail": "too old"})
        ready = [work_item(one) for one in ids if one in self.ready]
        return httpx.Response(200, json={"ready": ready, "unknown": []}, headers={"Refreshed-Ops-Token": "fresh"})

    def wait(self) -> SharedWait:
        return SharedWait("http://api/ops", httpx.AsyncClient(transport=httpx.MockTransport(self.answer)))


def work_item(item_id: UUID) -> dict[str, Any]:
    texts = dict.fromkeys(("dag_id", "run_id", "task_id", "subject", "strategy"), "x")
    numbers = dict.fromkeys(("map_index", "try_number", "priority", "effective_priority", "open_seats"), 0)
    return {
        "id": str(item_id),
        **texts,
        **numbers,
        "kind": "docker_host",
        "state": "leased",
        "skills": {},
        **{name: [] for name in ("prefer_labels", "only_agents", "any_label", "exclude", "assignments")},
        **dict.fromkeys(("seats", "quorum", "completed", "age_seconds"), 1),
        **dict.fromkeys(("requester", "leased_at", "closed_at", "close_reason", "position", "reason")),
        "requested_at": NOW,
    }


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


def test_many_waiting_tasks_share_one_request_at_a_time() -> None:
    async def scenario() -> None:
        api = Api()
        shared = api.wait()
        ids = [uuid4() for _ in range(200)]
        waits = [asyncio.create_task(shared.wait_for(one, "t")) for one in ids]
        await until(lambda: len(api.asked) >= 3)
        assert len(api.asked[-1]) == 200
        assert not any(one.done() for one in waits)
        api.ready = set(ids)
        assert await asyncio.gather(*waits) == [Woken.READY] * 200
        asked = len(api.asked)
        await asyncio.sleep(0.1)
        assert len(api.asked) == asked, "asked although nobody waits any more"

    asyncio.run(scenario())


def test_a_newcomer_is_asked_for_with_the_next_request_and_those_who_are_ready_are_not() -> None:
    async def scenario() -> None:
        api = Api()
        shared = api.wait()
        first, second = uuid4(), uuid4()
        early = asyncio.create_task(shared.wait_for(first, "t"))
        await until(lambda: bool(api.asked))
        late = asyncio.create_task(shared.wait_for(second, "t"))
        api.ready = {first}
        assert await early == Woken.READY
        await until(lambda: api.asked[-1] == [second])
        api.ready = {first, second}
        assert await late == Woken.READY

    asyncio.run(scenario())


@pytest.mark.parametrize("failures", [(0, 0), (503,), (404, 500)], ids=["refused", "starting", "errors"])
def test_an_api_that_is_away_is_waited_for(failures: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_wait, "LONGEST_PAUSE_SECONDS", 0.02)

    async def scenario() -> None:
        api = Api(*failures)
        item_id = uuid4()
        api.ready = {item_id}
        assert await api.wait().wait_for(item_id, "t") == Woken.READY
        assert len(api.asked) == len(failures) + 1

    asyncio.run(scenario())


def test_a_token_that_is_too_old_gives_way_to_one_of_another_task() -> None:
    async def scenario() -> None:
        api = Api()
        shared = api.wait()
        first, second = uuid4(), uuid4()
        waits = [
            asyncio.create_task(shared.wait_for(first, "old")),
            asyncio.create_task(shared.wait_for(second, "t")),
        ]
        await until(lambda: "fresh" in api.tokens)
        api.ready = {first, second}
        assert await asyncio.gather(*waits) == [Woken.READY, Woken.READY]

    asyncio.run(scenario())


def test_without_any_valid_token_the_tasks_themselves_must_get_one() -> None:
    async def scenario() -> None:
        shared = Api().wait()
        assert await shared.wait_for(uuid4(), "old") == Woken.TOKEN_LOST

    asyncio.run(scenario())


def test_a_wait_that_is_cancelled_is_forgotten() -> None:
    async def scenario() -> None:
        api = Api()
        shared = api.wait()
        waiting = asyncio.create_task(shared.wait_for(uuid4(), "t"))
        await until(lambda: bool(api.asked))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        asked = len(api.asked)
        await asyncio.sleep(0.1)
        assert len(api.asked) <= asked + 1

    asyncio.run(scenario())
