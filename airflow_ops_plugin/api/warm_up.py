"""Makes Airflow's execution API ready before the API server takes requests, so that no task waits for it."""

from __future__ import annotations

import sys

import httpx

SERVER_MODULE = "airflow.api_fastapi.main"
"""Where an API server has its app; no other process imports it."""


async def warm_up_execution_api() -> None:
    """Make the first request of the execution API, which builds all its versions for it: some seconds of processor.

    Without this the first tasks after a start of the API server stand still meanwhile, and so does all else it does.
    """
    server = sys.modules.get(SERVER_MODULE)
    if server is None:
        return
    transport = httpx.ASGITransport(app=server.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api-server") as http:
        await http.get("/execution/health")
