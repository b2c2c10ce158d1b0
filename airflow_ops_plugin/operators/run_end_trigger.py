"""RunEndTrigger: waits for the end of a run of another Dag."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.providers.standard.triggers.external_task import DagStateTrigger
from airflow.triggers.base import TriggerEvent

from airflow_ops_plugin.operators.event_trigger import SETTLE_SECONDS


class RunEndTrigger(DagStateTrigger):
    """Airflow's own trigger, but it never fires so early that Airflow fails the task, see ``SETTLE_SECONDS``."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return class path and arguments."""
        return f"{type(self).__module__}.{type(self).__qualname__}", super().serialize()[1]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait for the end."""
        await asyncio.sleep(SETTLE_SECONDS)
        async for event in super().run():
            yield event
