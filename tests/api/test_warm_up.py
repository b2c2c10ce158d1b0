"""The API server has built the execution API before it takes requests."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.api_fastapi.app import init_auth_manager, lifespan
from airflow.api_fastapi.execution_api.app import create_task_execution_api_app
from fastapi import FastAPI
from fastapi.testclient import TestClient

from airflow_ops_plugin.api.app import create_app
from airflow_ops_plugin.api.warm_up import SERVER_MODULE


def test_no_task_waits_until_the_execution_api_is_built(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "secret" * 8)
    init_auth_manager()
    execution = create_task_execution_api_app()
    server = FastAPI(lifespan=lifespan)
    server.mount("/execution", execution)
    server.mount("/ops", create_app())
    monkeypatch.setitem(sys.modules, SERVER_MODULE, SimpleNamespace(app=server))
    assert not execution._cadwyn_initialized
    with TestClient(server):
        assert execution._cadwyn_initialized
