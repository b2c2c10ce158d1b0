"""UsesAgent: the mixin by which an operator gets an agent before it works, and gives it back afterwards."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from airflow.sdk.bases.operator import BaseOperatorMeta
from airflow.sdk.exceptions import AirflowSkipException

from airflow_ops_plugin.errors import OpsError
from airflow_ops_plugin.operators.errors import ArgumentValueError
from airflow_ops_plugin.operators.work_request import work_request
from airflow_ops_plugin.worker.errors import ApiRefusedError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_ops_plugin.assignment.schemas import AgentRef, WorkItemView
    from airflow_ops_plugin.worker.client import WorkerClient


class AgentLostError(OpsError):
    """The agent is gone while it had the work, and the queue has given or will give that to another one."""


class UsesAgent:
    """Mixin, written left of an Airflow operator class; the operator works in ``work``.

    A task instance without a free agent waits in the triggerer, where it holds no worker. Whatever ends the work gives
    the agent back; where the process dies before it can, the engine does. Without ``agent`` none of it happens, and
    the plugin's API is not needed.

    :param agent: what is needed of the agent, see ``work_request``. Interpolated.
    """

    # As Airflow's own mixins do: without it a mapped task (``partial``) does not know this argument.
    @BaseOperatorMeta._apply_defaults  # type: ignore[type-var]
    def __init__(self, *, agent: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.agent = dict(agent) if agent else None
        self._client: WorkerClient | None = None
        self._item_id: UUID | None = None

    @abstractmethod
    def work(self, context: Context) -> Any:
        """Do the work and return its result; the agent is ready."""

    def use_agent(self, agent: AgentRef) -> None:
        """Take note of the agent that ``work`` is to use."""

    def preferred_agent(self, context: Context) -> str | None:
        """Return the name of the agent to go back to, where it can be had."""
        return None

    def execute(self, context: Context) -> Any:
        """Get an agent where one is needed, and work.

        :raises TaskDeferred: none is free; the task instance goes on when one is.
        """
        return self.work(context) if self.agent is None else self._work_with_agent(context)

    def resume_with_agent(self, context: Context, event: Any) -> Any:
        """Go on after the wait: ask again, since the agent may be gone, or only the token be too old."""
        return self._work_with_agent(context)

    def on_kill(self) -> None:
        """Give the agent back."""
        self.give_back_agent()
        super().on_kill()  # type: ignore[misc]

    def give_back_agent(self) -> None:
        """Give the agent back from a process that is being killed."""
        if self._client is not None and self._item_id is not None:
            self._client.finish_at_last(self._item_id)

    @property
    def agent_name(self) -> str | None:
        """The name of the agent in use."""
        return self._agent.name if self._agent else None

    def has_lost_agent(self) -> bool:
        """Return whether the agent in use was taken from this task instance, because it does not answer."""
        if self._client is None or self._agent is None:
            return False
        item = self._client.look_at_work()
        return item is not None and all(one.agent.id != self._agent.id for one in item.assignments)

    _agent: AgentRef | None = None

    def _work_with_agent(self, context: Context) -> Any:
        from airflow_ops_plugin.worker.client import WorkerClient

        self._client = WorkerClient.for_task(context)
        while True:
            try:
                return self._work_once(context, self._client)
            except AgentLostError as error:
                self.log.warning("%s", error)  # type: ignore[attr-defined]

    def _work_once(self, context: Context, client: WorkerClient) -> Any:
        item = self._lease(context, client)
        try:
            self.use_agent(item.assignments[0].agent)
            result = self.work(context)
        except AgentLostError:
            raise
        except AirflowSkipException:
            self._finish(client, item.id, is_completed=True, outcome="skipped")
            raise
        except BaseException as error:
            self._finish(client, item.id, is_completed=False, outcome=type(error).__name__)
            raise
        self._finish(client, item.id, is_completed=True)
        return result

    def _finish(self, client: WorkerClient, item_id: UUID, *, is_completed: bool, outcome: str | None = None) -> None:
        """Give the agent back; a failure to do so must not change how the task instance ends."""
        try:
            client.finish(item_id, is_completed=is_completed, outcome=outcome)
        except OpsError as error:
            self.log.warning("The agent could not be given back, the engine will do it: %s", error)  # type: ignore[attr-defined]

    def _lease(self, context: Context, client: WorkerClient) -> WorkItemView:
        """Return the work item with its agent.

        :raises TaskDeferred: it has none yet.
        :raises ArgumentValueError: what is asked for makes no sense.
        """
        from airflow_ops_plugin.assignment.work import WorkState

        request = work_request(self.agent or {}, preferred_agent=self.preferred_agent(context))
        try:
            item = client.request_agent(request)
        except ApiRefusedError as error:
            raise ArgumentValueError(str(error)) from error
        self._item_id = item.id
        if item.state == WorkState.QUEUED:
            self._wait(client, item)
        self._agent = item.assignments[0].agent
        self.log.info("This work is done by the agent %s", self._agent.name)  # type: ignore[attr-defined]
        return item

    def _wait(self, client: WorkerClient, item: WorkItemView) -> NoReturn:
        from airflow_ops_plugin.assignment.work import RESUME_METHOD
        from airflow_ops_plugin.worker.agent_trigger import AgentTrigger

        place = f", at place {item.position} of the queue" if item.position else ""
        self.log.info("Waiting for an agent%s: %s", place, item.reason)  # type: ignore[attr-defined]
        self.defer(  # type: ignore[attr-defined]
            trigger=AgentTrigger(client.url, str(item.id), client.token or ""), method_name=RESUME_METHOD
        )
        raise AssertionError("Airflow's defer raises")
