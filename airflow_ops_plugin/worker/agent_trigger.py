"""AgentTrigger: lets a task wait for an agent without a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_ops_plugin.worker.shared_wait import SharedWait


class AgentTrigger(BaseTrigger):
    """Fires when a work item is not queued any more, or when only the task itself can find out.

    :param url: address of the plugin's API.
    :param item_id: the work item.
    :param token: of the task. Airflow keeps it encrypted, and it is short-lived.
    """

    def __init__(self, url: str, item_id: str, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url = url
        self.item_id = item_id
        self.token = token

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores to make the trigger again."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {"url": self.url, "item_id": self.item_id, "token": self.token}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait together with all others of this triggerer."""
        woken = await SharedWait.of_this_loop(self.url).wait_for(UUID(self.item_id), self.token)
        yield TriggerEvent(str(woken))
