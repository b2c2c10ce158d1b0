"""The FastAPI app that the plugin mounts under ``/ops``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from airflow_ops_plugin.api.errors import add_error_handlers
from airflow_ops_plugin.api.routes import agents, health, ui, work, worker
from airflow_ops_plugin.api.warm_up import warm_up_execution_api
from airflow_ops_plugin.assignment.desk import Desk
from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.assignment.transaction import transaction

BUNDLE_FOLDER = Path(__file__).parents[1] / "www" / "dist"


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Give Airflow's dependencies what they look for in the state of the app that they run in; let no task wait."""
    from airflow.api_fastapi.app import get_auth_manager

    app.state.auth_manager = get_auth_manager()
    await warm_up_execution_api()
    yield


def create_app() -> FastAPI:
    """Return a new app, with a roster and a desk of its own."""
    app = FastAPI(
        title="Operations",
        version="1",
        description="Agents, queue, assignments. `/v1` is stable; `/ui` and `/worker` belong to the plugin.",
        lifespan=_lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.roster = Roster()
    app.state.desk = Desk(app.state.roster, lambda: transaction(app.state.roster))
    add_error_handlers(app)
    for router in (agents.router, work.router, health.router, ui.router, worker.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=BUNDLE_FOLDER, check_dir=False), name="static")
    return app


def _operation_id(route: APIRoute) -> str:
    """Name an operation after its function: stable, and what generated clients call it."""
    return route.name
