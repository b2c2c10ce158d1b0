"""Asking Docker hosts whether they are there, beside the ticks: a host that hangs holds nothing up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from airflow_ops_plugin.agents.agent import AgentKind, AgentStatus
from airflow_ops_plugin.agents.docker_host import DockerHost
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.service import UNREACHABLE
from airflow_ops_plugin.errors import OpsError

TIMEOUT_SECONDS = 5.0
_THREADS = 8

Ping = Callable[[str], str | None]
"""From a connection id to what is wrong with its host; ``None`` where it answers."""


def ping_docker_host(connection_id: str) -> str | None:
    """Return why the Docker host of a connection does not answer, ``None`` where it does."""
    from airflow.models.connection import Connection
    from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        host = DockerHost.of_connection(Connection.get_connection_from_secrets(connection_id))
        host.connect(timeout_seconds=TIMEOUT_SECONDS).close()
    except AirflowNotFoundException:
        return f"there is no Airflow connection {connection_id!r}; add it, or correct the address of the agent"
    except (AirflowException, DockerException, RequestException, OpsError, OSError) as error:
        return str(error) or type(error).__name__
    return None


@dataclass
class DockerPings:
    """The pings that are under way. Several engines share the hosts: each takes those whose turn it is.

    :param interval: how often a host is asked.
    """

    interval: timedelta
    ping: Ping = ping_docker_host
    _running: dict[UUID, Future[str | None]] = field(default_factory=dict)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS, "docker-ping"))

    def start_due(self, session: Session, *, now: datetime) -> int:
        """Begin to ask the hosts whose turn it is; return how many."""
        started = 0
        for agent_id, address in session.execute(_due(now - self.interval)).all():
            if agent_id not in self._running and _take(session, agent_id, now - self.interval, now):
                self._running[agent_id] = self._threads.submit(self.ping, address)
                started += 1
        return started

    def take_answers(self) -> list[tuple[UUID, str | None]]:
        """Return the answers that have come: agent, and what is wrong with it."""
        done = [agent_id for agent_id, answer in self._running.items() if answer.done()]
        return [(agent_id, self._running.pop(agent_id).result()) for agent_id in done]

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_watched() -> sa.ColumnElement[bool]:
    """Hosts that somebody put into maintenance or took offline are left alone."""
    went_by_itself = sa.and_(
        AgentRow.status == str(AgentStatus.OFFLINE), AgentRow.status_reason.startswith(UNREACHABLE)
    )
    is_in_use = AgentRow.status.in_([str(AgentStatus.AVAILABLE), str(AgentStatus.DRAINING)])
    return sa.and_(
        AgentRow.kind == str(AgentKind.DOCKER_HOST), AgentRow.removed_at.is_(None), sa.or_(is_in_use, went_by_itself)
    )


def _due(before: datetime) -> sa.Select[UUID, str]:
    is_due = sa.or_(AgentRow.checked_at.is_(None), AgentRow.checked_at <= before)
    return sa.select(AgentRow.id, AgentRow.address).where(_is_watched(), is_due).order_by(AgentRow.checked_at)


def _take(session: Session, agent_id: UUID, before: datetime, now: datetime) -> bool:
    """Note that the host is being asked; return whether no other engine did so first."""
    taken = session.execute(
        sa.update(AgentRow)
        .where(AgentRow.id == agent_id, sa.or_(AgentRow.checked_at.is_(None), AgentRow.checked_at <= before))
        .values(checked_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]
