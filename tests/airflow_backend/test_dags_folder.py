"""The plain dags-folder way: good Dags stay when others break, and the errors have a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from template_samples import broken_sample, sample, write

ROOT = Path(__file__).parents[2]


@pytest.fixture
def configured(airflow_home: Path, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates folder, configured as ``[ops] templates_folder``, with a home of its own for the store."""
    from dag_factory.airflow_backend import dags_folder

    monkeypatch.setenv("AIRFLOW__OPS__TEMPLATES_FOLDER", str(templates))
    monkeypatch.setattr(dags_folder, "AIRFLOW_HOME", str(tmp_path))
    return templates


def parse_repository() -> Any:
    """Return what Airflow finds when its dags_folder is this whole repository."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT))


def test_good_templates_are_dags_and_broken_ones_are_listed_in_one_error(configured: Path) -> None:
    write(configured, "a.json", sample("a"))
    write(configured, "bad.json", broken_sample("bad"))
    write(configured, "worse.json", broken_sample("worse"))
    bag = parse_repository()
    assert set(bag.dags) == {"a"}
    ((file, error),) = bag.import_errors.items()
    assert file.endswith("dags/ops_template_errors.py")
    assert "bad.json:12 DF100 error" in error
    assert "worse.json:12 DF100 error" in error
    assert bag.dags["a"].fileloc.endswith("/a.json")


def test_the_repository_as_dags_folder_shows_only_the_two_files_in_dags(configured: Path) -> None:
    from airflow.dag_processing.importers import get_importer_registry

    found = {
        Path(path).relative_to(ROOT).as_posix()
        for path in get_importer_registry().list_dag_files(ROOT, safe_mode=False)
    }
    assert found == {"dags/ops_templates.py", "dags/ops_template_errors.py"}


def test_without_errors_there_is_no_import_error(configured: Path) -> None:
    write(configured, "a.json", sample("a"))
    bag = parse_repository()
    assert set(bag.dags) == {"a"}
    assert bag.import_errors == {}


def test_at_task_start_only_one_dag_is_built(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dag_factory.airflow_backend.dags_folder import build_dags

    write(configured, "a.json", sample("a"))
    write(configured, "b.json", sample("b"))
    assert set(build_dags()) == {"a", "b"}
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "b")
    assert set(build_dags()) == {"b"}
    write(configured, "c.json", sample("c"))
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "c")
    assert set(build_dags()) == {"c"}
