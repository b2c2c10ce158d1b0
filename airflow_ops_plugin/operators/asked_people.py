"""AskedPeople: the people whom the queue gives a request to, as Airflow's human-in-the-loop knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.execution_time.hitl import HITLUser

from airflow_ops_plugin.assignment.work import NOBODY
from airflow_ops_plugin.operators.work_request import work_request
from airflow_ops_plugin.worker.client import WorkerClient

if TYPE_CHECKING:
    from uuid import UUID

    from airflow.sdk import Context

    from airflow_ops_plugin.assignment.schemas import AgentRef, AnswerResult, WorkItemView


class AskedPeople:
    """One attempt's request to agents that are people.

    :param agent: what is asked of them, see ``work_request``.
    """

    def __init__(self, agent: Mapping[str, Any], client: WorkerClient) -> None:
        self._agent = agent
        self._client = client

    @classmethod
    def of_task(cls, agent: Mapping[str, Any], context: Context) -> AskedPeople:
        """Return the request of the task instance that runs in this process."""
        return cls(agent, WorkerClient.for_task(context))

    def ask(self, subject: str) -> WorkItemView:
        """Put the request into the queue; asking again in the same attempt changes nothing."""
        return self._client.request_agent(work_request(self._agent, subject=subject))

    def hear(self, item_id: UUID, *, user_id: str, option: str) -> AnswerResult:
        """Record what a person answered; return what is decided with it."""
        return self._client.record_answer(item_id, user_id=user_id, outcome=option)

    def give_back(self, item_id: UUID, outcome: str) -> None:
        """Withdraw the request: nobody needs to answer any more."""
        self._client.finish(item_id, is_completed=False, outcome=outcome)

    def current(self) -> WorkItemView:
        """Return the request as it stands."""
        return self._client.current_work()


def users_of(item: WorkItemView) -> list[HITLUser]:
    """Return who may answer now."""
    return [_user(one.agent) for one in item.assignments] or [HITLUser(id=NOBODY["id"], name=NOBODY["name"])]


def time_left(item: WorkItemView, total: timedelta) -> timedelta:
    """Return what is left of the time to answer, which began with the request; at least a second."""
    return max(item.requested_at + total - datetime.now(UTC), timedelta(seconds=1))


def _user(agent: AgentRef) -> HITLUser:
    return HITLUser(id=agent.address, name=agent.name)
