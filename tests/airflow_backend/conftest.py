"""Fixtures for the Airflow backend: bundles in a temporary folder, and a running Airflow fed by templates."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from running_templates import RunningTemplates

    from dag_factory.airflow_backend.bundle import TemplateDagBundle


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """An empty folder for templates."""
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


@pytest.fixture
def make_bundle(
    airflow_home: Path, tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., TemplateDagBundle]:
    """A function that makes bundles of the templates; all share one store, as processes of one deployment do."""
    from dag_factory.airflow_backend.bundle import TemplateDagBundle

    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path / "bundles"))

    def make(version: str | None = None, **options: Any) -> TemplateDagBundle:
        arguments = {"templates_folder": str(templates), "store_folder": str(tmp_path / "store"), **options}
        return TemplateDagBundle(name="templates", version=version, **arguments)

    return make


@pytest.fixture(scope="session")
def running_templates() -> Iterator[RunningTemplates]:
    """A whole Airflow on SQLite whose Dags come from a folder of templates."""
    from running_templates import RunningTemplates

    home = Path(tempfile.mkdtemp(prefix="airflow-templates-"))
    airflow = RunningTemplates(home)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()
        shutil.rmtree(home, ignore_errors=True)
