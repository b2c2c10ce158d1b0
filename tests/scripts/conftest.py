"""Fixtures for tests of operators that need a Docker engine and an Airflow that runs their tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker_script import IMAGE, Script, ScriptFactory, TaskHost, find_containers


@pytest.fixture(scope="session")
def docker_task_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaskHost]:
    """A process that runs tries of tasks in an Airflow of its own."""
    host = TaskHost(tmp_path_factory.mktemp("airflow"))
    yield host
    host.close()


@pytest.fixture(scope="session")
def docker_client() -> APIClient:
    """A client of the machine's engine; a machine without one fails the test."""
    client = APIClient()
    client.inspect_image(IMAGE)
    return client


@pytest.fixture
def docker_script(docker_task_host: TaskHost, docker_client: APIClient, tmp_path: Path) -> Iterator[ScriptFactory]:
    """Make tasks; afterwards none of them may have left a container."""
    made: list[Script] = []

    def make(script: str, language: str = "sh", **options: Any) -> Script:
        own = {name: options.pop(name) for name in ("timeout", "retries", "params") if name in options}
        worker = options.pop("worker", {})
        arguments = {"language": language, "script": script, **options}
        made.append(Script(docker_task_host, tmp_path, arguments, environment=worker, **own))
        return made[-1]

    yield make
    for script in made:
        assert find_containers(docker_client, script) == [], "a script left its container"
