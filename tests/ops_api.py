"""OpsApi: the plugin's API, or the whole API server, on a port in the process of the tests and on their database."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import requests


class OpsApi:
    """Serves the API, and looks into the ops tables.

    :param is_whole: whether Airflow's own API is served too, below which the plugin is mounted as ever.
    """

    def __init__(self, *, is_whole: bool = False) -> None:
        import uvicorn
        from airflow.api_fastapi import app as airflow_app

        from airflow_ops_plugin.api.app import create_app
        from airflow_ops_plugin.assignment.roster import Roster

        airflow_app.init_auth_manager(None)
        self._app = airflow_app.create_app("core") if is_whole else create_app()
        ops_app = next(route.app for route in self._app.routes if route.path == "/ops") if is_whole else self._app
        self._rosters = (Roster(), ops_app.state.roster)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.server_url = f"http://127.0.0.1:{port}"
        self.url = f"{self.server_url}/ops" if is_whole else self.server_url
        self._server = uvicorn.Server(uvicorn.Config(self._app, host="127.0.0.1", port=port, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        """Start serving."""
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < deadline, "the API does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(timeout=30)

    def clear(self) -> None:
        """Empty the ops tables."""
        from airflow.utils.session import create_session

        from airflow_ops_plugin.db.tables import metadata

        with create_session(scoped=False) as session:
            for table in reversed(metadata.sorted_tables):
                session.execute(table.delete())
        for roster in self._rosters:
            roster.distrust()

    def call(self, method: str, path: str, body: Any = None, *, user: str) -> requests.Response:
        """Call the server as a user, who is an operator."""
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role="OP"))
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.server_url}{path}", json=body, headers=headers, timeout=120)

    def register(self, name: str, **facts: Any) -> None:
        """Register an agent, and give it what waits."""
        from airflow.utils.session import create_session

        from airflow_ops_plugin.agents.schemas import AgentBody
        from airflow_ops_plugin.agents.service import create_agent
        from airflow_ops_plugin.assignment.queue import assign_queued

        now = datetime.now(UTC)
        body = AgentBody(**{"name": name, "kind": "docker_host", "address": name, **facts})
        with create_session(scoped=False) as session:
            create_agent(session, body=body, actor="test", now=now)
            assign_queued(session, self._rosters[0], now=now, limit=50)

    def loads(self) -> dict[str, int]:
        """Return how many leases each agent holds."""
        from airflow.utils.session import create_session
        from sqlalchemy import select

        from airflow_ops_plugin.agents.models import AgentRow

        with create_session(scoped=False) as session:
            return dict(session.execute(select(AgentRow.name, AgentRow.load)).tuples().all())

    def ends(self) -> list[tuple[str, str | None]]:
        """Return the agent of each assignment and why it ended, in order."""
        from airflow.utils.session import create_session
        from sqlalchemy import select

        from airflow_ops_plugin.assignment.models import AssignmentRow

        with create_session(scoped=False) as session:
            rows = session.scalars(select(AssignmentRow).order_by(AssignmentRow.id))
            return [(row.agent.name, row.end_reason) for row in rows]

    def reasons(self) -> list[str]:
        """Return why work waits, in words."""
        from airflow.utils.session import create_session
        from sqlalchemy import select

        from airflow_ops_plugin.assignment.models import WorkItemRow

        with create_session(scoped=False) as session:
            rows = session.scalars(select(WorkItemRow).where(WorkItemRow.state == "queued")).all()
            return [str((row.explanation or {}).get("summary")) for row in rows]
