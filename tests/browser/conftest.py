"""A real Chromium before a real Airflow with a template that asks for an agent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from airflow_window import AirflowWindow
from playwright.sync_api import Browser, expect, sync_playwright

if TYPE_CHECKING:
    from running_airflow import RunningAirflow

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
PATIENCE_MS = 90_000

TEMPLATE = {
    "id": "network_change",
    "name": "Change of the network",
    "nodes": [{"id": "approve", "type": "manual", "subject": "Replace the card?", "agent": {"skills": ["netops>=2"]}}],
    "edges": [],
}
DAG_FILE = "from dag_factory.airflow_backend.dags_folder import build_dags\n\nglobals().update(build_dags())\n"

OpenWindow = Callable[..., AirflowWindow]


@pytest.fixture(scope="session")
def airflow(running_airflow: RunningAirflow) -> RunningAirflow:
    """A running Airflow that knows the Dag ``network_change``, with the engine."""
    templates = running_airflow.home / "templates"
    templates.mkdir()
    (templates / "network_change.json").write_text(json.dumps(TEMPLATE))
    running_airflow.add_dag("network_change", DAG_FILE)
    running_airflow.start_component("ops engine")
    return running_airflow


@pytest.fixture(autouse=True)
def no_agents(airflow: RunningAirflow) -> None:
    """Each test begins without agents and without work."""
    for run in airflow.runs("network_change"):
        path = f"/dags/network_change/dagRuns/{run['dag_run_id']}"
        # Airflow deletes no run that goes on, and that of the test before may be about to end.
        assert airflow.call("PATCH", path, {"state": "failed"}).ok
        assert airflow.call("DELETE", path).ok
    for agent in airflow.call("GET", "/v1/agents?limit=500", below="/ops").json()["items"]:
        assert airflow.call("POST", f"/v1/agents/{agent['name']}/status", {"status": "offline"}, below="/ops").ok
        assert airflow.call("DELETE", f"/v1/agents/{agent['name']}", below="/ops").ok

    def is_idle() -> bool:
        waiting = airflow.call("GET", "/v1/work-items?state=queued", below="/ops").json()
        return bool(waiting["total"] == 0)

    airflow.wait_until(is_idle, "end of the work of deleted runs", 120)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium without a screen."""
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing; on Debian and Ubuntu: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_window(airflow: RunningAirflow, chromium: Browser) -> Iterator[OpenWindow]:
    """A function ``(user, mode="light") -> AirflowWindow`` that logs in; in the end no page may have had an error."""
    opened: list[AirflowWindow] = []

    def open_window(user: str, mode: Literal["dark", "light"] = "light") -> AirflowWindow:
        context = chromium.new_context(color_scheme=mode, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(f"localStorage.setItem('theme', '{mode}')")
        window = AirflowWindow(context.new_page(), airflow.url)
        opened.append(window)
        window.log_in(user)
        return window

    yield open_window
    errors = [error for window in opened for error in window.errors]
    for window in opened:
        window.page.context.close()
    assert errors == []
