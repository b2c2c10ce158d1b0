"""The bundle in a whole running Airflow: what people who drop, edit, break and delete templates can rely on."""

from __future__ import annotations

import json

import pytest
from running_templates import RunningTemplates
from template_samples import approved_sample, broken_sample, sample, write

pytestmark = pytest.mark.timeout(900)


def wait_for_dag(airflow: RunningTemplates, dag_id: str, other_than: str | None = None) -> str:
    """Return the bundle version of a Dag once there is one, and it is another than ``other_than``."""

    def found() -> str | None:
        version = airflow.bundle_version_of(dag_id)
        return version if version != other_than else None

    return airflow.wait_until(found, f"new version of {dag_id}", 180)


def test_a_dropped_template_becomes_a_dag_that_runs_and_shows_its_source(running_templates: RunningTemplates) -> None:
    template = write(running_templates.templates_folder, "net/dropped.json", sample("dropped", "hello"))
    version = wait_for_dag(running_templates, "dropped")
    run_id = running_templates.trigger("dropped")
    running_templates.expect_success("dropped", run_id)
    assert running_templates.xcom("dropped", run_id, "result") == {"message": "hello"}
    source = running_templates.call("GET", "/dagSources/dropped").json()["content"]
    assert json.loads(source) == json.loads(template.read_text())
    details = running_templates.call("GET", "/dags/dropped/details").json()
    assert details["relative_fileloc"] == "net/dropped.json.py"
    assert details["fileloc"].endswith("/dropped.json")
    assert running_templates.runs("dropped")[0]["bundle_version"] == version


def test_a_run_goes_on_with_the_version_it_started_with(running_templates: RunningTemplates) -> None:
    folder = running_templates.templates_folder
    write(folder, "pinned.json", approved_sample("pinned", "old"))
    first_version = wait_for_dag(running_templates, "pinned")
    first = running_templates.trigger("pinned")
    running_templates.wait_for_task("pinned", first, "ask", "awaiting_input")

    write(folder, "pinned.json", approved_sample("pinned", "new"))
    second_version = wait_for_dag(running_templates, "pinned", other_than=first_version)
    second = running_templates.trigger("pinned")
    running_templates.wait_for_task("pinned", second, "ask", "awaiting_input")
    for run_id in (first, second):
        running_templates.answer("pinned", run_id, "ask", "Yes")
        running_templates.expect_success("pinned", run_id)

    assert running_templates.xcom("pinned", first, "result") == {"message": "old"}
    assert running_templates.xcom("pinned", second, "result") == {"message": "new"}
    rows = running_templates.query("select run_id, bundle_version from dag_run where dag_id = 'pinned'")
    assert dict(rows) == {first: first_version, second: second_version}
    versions = running_templates.query("select version_number from dag_version where dag_id = 'pinned'")
    assert sorted(versions) == [(1,), (2,)]


def test_a_broken_template_affects_no_other_and_says_what_to_do(running_templates: RunningTemplates) -> None:
    folder = running_templates.templates_folder
    write(folder, "good.json", sample("good"))
    write(folder, "frail.json", sample("frail"))
    for dag_id in ("good", "frail"):
        wait_for_dag(running_templates, dag_id)

    write(folder, "frail.json", broken_sample("frail"))
    running_templates.wait_until(lambda: running_templates.bundle_version_of("frail") is None, "end of frail", 180)
    assert running_templates.bundle_version_of("good")
    listed = running_templates.call("GET", "/importErrors").json()["import_errors"]
    errors = {error["filename"]: error["stack_trace"] for error in listed}
    lines = errors["frail.json.py"].splitlines()
    assert lines[0] == "BrokenTemplate: frail.json is no Dag until this is put right:"
    assert [line.partition(" error: ")[0] for line in lines[1:]] == ["frail.json:12 DF100", "frail.json:16 DF100"]

    write(folder, "frail.json", sample("frail", "again"))
    wait_for_dag(running_templates, "frail")
    assert running_templates.query("select * from import_error where filename = 'frail.json.py'") == []


def test_a_deleted_template_takes_its_dag_along(running_templates: RunningTemplates) -> None:
    path = write(running_templates.templates_folder, "gone.json", sample("gone"))
    wait_for_dag(running_templates, "gone")
    path.unlink()
    running_templates.wait_until(lambda: running_templates.bundle_version_of("gone") is None, "end of gone", 180)
