"""The real app with real users of Airflow's simple auth manager, on the test session's database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROLES = {"vera": "VIEWER", "oleg": "OP", "anna": "ADMIN"}


@pytest.fixture(scope="session")
def ops_app(airflow_home: Path) -> Any:
    """The app that the plugin mounts."""
    from airflow_ops_plugin.api.app import create_app

    return create_app()


@pytest.fixture
def client(ops_app: Any) -> Iterator[Any]:
    """A client without credentials; the ops tables are empty."""
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.utils.session import create_session
    from starlette.testclient import TestClient

    from airflow_ops_plugin.db.tables import metadata

    init_auth_manager(None)
    with create_session() as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
    ops_app.state.roster.distrust()
    with TestClient(ops_app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def as_user(client: Any) -> Any:
    """A function from a user's name to the headers that log them in: vera (viewer), oleg (operator), anna (admin)."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def headers(name: str) -> dict[str, str]:
        user = SimpleAuthManagerUser(username=name, role=ROLES[name])
        return {"Authorization": f"Bearer {get_auth_manager().generate_jwt(user)}"}

    return headers
