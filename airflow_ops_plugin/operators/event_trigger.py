"""EventTrigger: waits in the triggerer until something may have happened that a task waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.sdk.execution_time.context import AssetStateStoreAccessor
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.triggers.base import BaseTrigger, TaskSkippedEvent, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_ops_plugin.operators.mailbox import stamp_of
from dag_factory.airflow_backend.task_states import FINISHED, as_states

POLL_SECONDS = 2.0

SETTLE_SECONDS = 5.0
"""Airflow 3.3 fails a task that goes on before the scheduler has seen that its process ended (apache/airflow 71580):
no trigger fires earlier than this after it began."""


class EventTrigger(BaseTrigger):
    """Fires when the task has a reason to look; ends the task as skipped once what it stands beside is done.

    :param dag_id: with ``run_id`` the run whose tasks ``watch`` and ``changed_by`` are.
    :param until: ISO 8601 instant at which it fires at the latest; ``None`` for never.
    :param bells: states of assets: ``uri``, ``bell`` and the ``stamp`` that the task has seen.
    :param watch: tasks; when all of them are done, the waiting task is skipped.
    :param changed_by: tasks that may make a condition true; it fires whenever another one of them is done.
    :param done: how many of ``changed_by`` were done when the task looked.
    :param owner: ``dag_id``, ``run_id``, ``task_id`` of a task; it fires when that has ended.
    """

    def __init__(
        self,
        dag_id: str,
        run_id: str,
        until: str | None = None,
        bells: Sequence[Mapping[str, str]] = (),
        watch: Sequence[str] = (),
        changed_by: Sequence[str] = (),
        done: int = 0,
        owner: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.dag_id = dag_id
        self.run_id = run_id
        self.until = until
        self.bells = [dict(bell) for bell in bells]
        self.watch = list(watch)
        self.changed_by = list(changed_by)
        self.done = done
        self.owner = dict(owner) if owner else None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return class path and arguments."""
        names = ("dag_id", "run_id", "until", "bells", "watch", "changed_by", "done", "owner")
        return f"{type(self).__module__}.{type(self).__qualname__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait for a reason."""
        await asyncio.sleep(SETTLE_SECONDS)
        while True:
            if self.watch and await self._finished(self.watch) == len(self.watch):
                yield TaskSkippedEvent()
                return
            if reason := await self._reason():
                yield TriggerEvent({"reason": reason})
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _reason(self) -> str:
        if self.until is not None and datetime.now(UTC) >= datetime.fromisoformat(self.until):
            return "time"
        for bell in self.bells:
            state = await sync_to_async(AssetStateStoreAccessor(uri=bell["uri"]).get)(bell["bell"])
            if stamp_of(state) not in ("", bell["stamp"]) and isinstance(state, dict) and await self._has_sent(state):
                return "message"
        if self.changed_by and await self._finished(self.changed_by) > self.done:
            return "variables"
        if self.owner is not None and await self._has_ended(self.owner):
            return "owner"
        return ""

    async def _has_sent(self, sender: Mapping[str, Any]) -> bool:
        states = await self._states(str(sender["dag_id"]), str(sender["run_id"]), [str(sender["task_id"])])
        return all(state in FINISHED for state in states)

    async def _has_ended(self, owner: Mapping[str, Any]) -> bool:
        """Return whether no instance of the task is going on, or a part of it is gone."""
        states = await self._states(str(owner["dag_id"]), str(owner["run_id"]), [str(owner["task_id"])])
        return all(state in FINISHED for state in states)

    async def _finished(self, task_ids: Sequence[str]) -> int:
        states = await self._states(self.dag_id, self.run_id, task_ids)
        return sum(state in FINISHED for state in states)

    async def _states(self, dag_id: str, run_id: str, task_ids: Sequence[str]) -> list[str | None]:
        # In a thread: ``airflow dags test``, which runs triggers too, has no other way to ask.
        ask = sync_to_async(RuntimeTaskInstance.get_task_states)
        found = await ask(dag_id=dag_id, task_ids=list(task_ids), run_ids=[run_id])
        return list(as_states(found.get(run_id, {}), task_ids).values())
