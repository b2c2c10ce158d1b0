"""Fixtures: two Docker engines, and a running Airflow whose agents they can be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_airflow import AgentAirflow
from docker_engines import DockerEngine, save_image


@pytest.fixture(scope="session")
def docker_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, DockerEngine]]:
    """Two Docker engines of their own, ``dock_a`` and ``dock_b``, with the default image of scripts."""
    archive = tmp_path_factory.mktemp("image") / "image.tar"
    save_image(archive)
    engines = {name: DockerEngine(name) for name in ("dock_a", "dock_b")}
    try:
        for engine in engines.values():
            engine.start()
            engine.load_image(archive)
        yield engines
    finally:
        for engine in engines.values():
            engine.remove()


@pytest.fixture(scope="session")
def airflow(docker_engines: dict[str, DockerEngine]) -> Iterator[AgentAirflow]:
    """A running Airflow with the engine, which knows the two Docker engines by connections of their names."""
    home = Path(tempfile.mkdtemp(prefix="airflow-agents-"))
    running = AgentAirflow(home, {name: engine.url for name, engine in docker_engines.items()})
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def only_own_agents(request: pytest.FixtureRequest) -> None:
    """Take agents of earlier tests out of work, where a test uses the running Airflow."""
    if "airflow" in request.fixturenames:
        running: AgentAirflow = request.getfixturevalue("airflow")
        for agent in running.ops("GET", "/agents?limit=500").json()["items"]:
            running.set_status(agent["name"], "maintenance")
