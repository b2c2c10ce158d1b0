"""The engine as a process: tick after tick until it is asked to stop, through outages of the database."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime
from types import FrameType
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.transaction import transaction
from airflow_ops_plugin.engine.docker_ping import DockerPings
from airflow_ops_plugin.engine.service import record_engine_heartbeat, register_engine, stop_engine
from airflow_ops_plugin.engine.settings import EngineSettings
from airflow_ops_plugin.engine.tick import Sweep, Tick, run_tick

log = logging.getLogger(__name__)


class EngineProcess:
    """Runs ticks. Several may run at once, on one machine or on many."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._roster = Roster()
        self._pings = DockerPings(settings.ping_interval)
        self._sweep = Sweep()
        self._is_stopping = threading.Event()
        self._id: UUID | None = None

    def run(self, *, is_once: bool = False) -> None:
        """Tick until SIGTERM or SIGINT comes, or once.

        A database that is away is waited for; anything else that goes wrong ends the process, so that whatever
        supervises it knows.
        """
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._request_stop)
        log.info("the engine runs: a tick every %g s", self._settings.interval.total_seconds())
        while not self._is_stopping.is_set():
            try:
                self._tick()
            except DBAPIError:
                log.exception("the database could not be used in this tick; trying again")
            if is_once:
                break
            self._is_stopping.wait(self._settings.interval.total_seconds())
        self._pings.stop()
        self._say_goodbye()

    def stop(self) -> None:
        """End after the tick that runs."""
        self._is_stopping.set()

    def _tick(self) -> None:
        if self._id is None:
            with transaction(self._roster) as session:
                self._id = register_engine(session, host=socket.gethostname(), pid=os.getpid(), now=_now())
        steps = run_tick(Tick(self._roster, self._pings, self._sweep, self._settings, _now()))
        with transaction(self._roster) as session:
            record_engine_heartbeat(session, engine_id=self._id, steps=steps, now=_now())

    def _say_goodbye(self) -> None:
        if self._id is None:
            return
        try:
            with transaction(self._roster) as session:
                stop_engine(session, engine_id=self._id, now=_now())
        except DBAPIError:
            log.warning("the database is away; the engine ends without saying so")

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop()


def _now() -> datetime:
    return datetime.now(UTC)
