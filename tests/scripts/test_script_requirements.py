"""Requirements of a script: installed once into an image of their own, and never from anywhere else."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from docker import APIClient
from docker_script import ScriptFactory
from pytest_httpserver import HTTPServer

from airflow_ops_plugin.scripts.errors import ScriptSettingsError
from airflow_ops_plugin.scripts.image import REPOSITORY, check_requirements, name_image


def make_wheel(name: str) -> bytes:
    """Return a wheel of one module that has the package's name, with one constant."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "ANSWER = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return buffer.getvalue()


@pytest.fixture
def package(httpserver: HTTPServer) -> str:
    """The name of a package that only the index of this test has."""
    name = f"tiny{uuid4().hex[:12]}"
    wheel = f"{name}-1.0-py3-none-any.whl"
    httpserver.expect_request(f"/simple/{name}/").respond_with_data(
        f'<a href="/files/{wheel}">{wheel}</a>', content_type="text/html"
    )
    httpserver.expect_request(f"/files/{wheel}").respond_with_data(make_wheel(name))
    return name


@pytest.fixture
def worker(httpserver: HTTPServer, docker_client: APIClient) -> Iterator[dict[str, str]]:
    """Settings of a worker that installs from the index of this test; its images are removed afterwards."""
    before = list_images(docker_client)
    yield {
        "AIRFLOW__OPS__SCRIPT_PIP_INDEX_URL": httpserver.url_for("/simple"),
        "AIRFLOW__OPS__SCRIPT_BUILD_NETWORK": "host",
    }
    for image in list_images(docker_client) - before:
        docker_client.remove_image(image, force=True)


def list_images(client: APIClient) -> set[str]:
    """Return the tags of all images with requirements."""
    return {tag for image in client.images(name=REPOSITORY) for tag in image["RepoTags"] or ()}


def count_installs(httpserver: HTTPServer) -> int:
    """Return how often the package was fetched."""
    return sum(request.path.endswith(".whl") for request, _ in httpserver.log)


def test_requirements_are_installed_once_and_used_by_every_run(
    docker_script: ScriptFactory, worker: dict[str, str], package: str, httpserver: HTTPServer
) -> None:
    script = f"import {package}; print([{package}.ANSWER])"
    options: dict[str, Any] = {"requirements": [f"{package}==1.0"], "worker": worker}
    first, second = (docker_script(script, "python", **options).run() for _ in range(2))
    assert first.state == "success", first.log
    assert first.return_value["result"] == second.return_value["result"] == [42]
    assert "Installing requirements into the image airflow-ops/script:" in first.log
    assert "Installing requirements" not in second.log
    assert count_installs(httpserver) == 1


def test_tasks_that_start_at_once_build_one_image(
    docker_script: ScriptFactory, worker: dict[str, str], package: str, httpserver: HTTPServer
) -> None:
    options: dict[str, Any] = {"requirements": [package], "worker": worker}
    tries = [docker_script(f"import {package}; print('[1]')", "python", **options).start() for _ in range(3)]
    assert [one.finish().state for one in tries] == ["success"] * 3
    assert count_installs(httpserver) == 1


def test_requirements_that_cannot_be_installed_are_a_clear_error(
    docker_script: ScriptFactory, worker: dict[str, str], httpserver: HTTPServer
) -> None:
    outcome = docker_script("pass", "python", requirements=["absent-package"], worker=worker).run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("ImageUnavailableError: the requirements absent-package cannot be installed")
    assert "No matching distribution found" in outcome.error


def test_the_image_depends_on_the_base_and_the_requirements_but_not_on_their_order() -> None:
    assert name_image("sha256:1", ["a", "b"]) == name_image("sha256:1", ["b", "a"])
    assert name_image("sha256:1", ["a", "b"]) != name_image("sha256:2", ["a", "b"])
    assert name_image("sha256:1", ["a", "b"]) != name_image("sha256:1", ["a"])


@pytest.mark.parametrize(
    "requirement",
    ["--index-url http://evil", "-r /etc/passwd", "pkg @ http://evil/pkg.whl", "git+https://evil/x", "./local", "a\nb"],
)
def test_a_requirement_that_is_more_than_a_package_is_refused(requirement: str) -> None:
    with pytest.raises(ScriptSettingsError, match="requirement"):
        check_requirements([requirement])
