"""``airflow ops standalone`` from start to Ctrl-C: the promises of the first page of the README."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standalone_airflow import StandaloneAirflow

pytestmark = pytest.mark.timeout(900)

PATIENCE_SECONDS = 180
"""How long anything may take before the test gives up; a busy machine is slow."""


@pytest.fixture(scope="module")
def airflow() -> Iterator[StandaloneAirflow]:
    """The demo, started once for this file."""
    home = Path(tempfile.mkdtemp(prefix="airflow-standalone-"))
    started = StandaloneAirflow(home)
    try:
        started.start()
        yield started
    finally:
        started.stop()
        shutil.rmtree(home, ignore_errors=True)


def release(dag_id: str, message: str) -> dict[str, Any]:
    """Return a template: a script in Docker, an approval, and a script that only an approval leads to."""
    return {
        "id": dag_id,
        "name": f"Release {message}",
        "nodes": [
            {"id": "start", "type": "start"},
            {
                "id": "build",
                "type": "script",
                "script": f"""test -f /.dockerenv && echo '{{"message": "{message}"}}'""",
                "retries": 0,
                "outputs": {"message": "result.message"},
            },
            {"id": "ask", "type": "manual", "subject": "Release ${message}?"},
            {
                "id": "publish",
                "type": "script",
                "script": f"""echo '{{"published": "{message}"}}'""",
                "retries": 0,
            },
            {"id": "released", "type": "end"},
            {"id": "refused", "type": "end"},
        ],
        "edges": [
            {"from": "start", "to": "build"},
            {"from": "build", "to": "ask"},
            {"from": "ask", "to": "publish", "choice": "Approve"},
            {"from": "ask", "to": "refused", "choice": "Reject"},
            {"from": "publish", "to": "released"},
        ],
    }


def wait_until_visible(airflow: StandaloneAirflow, dag_id: str) -> float:
    """Return the seconds until the Dag is there."""
    started = time.monotonic()
    airflow.wait_until(lambda: airflow.is_visible(dag_id), f"Dag {dag_id}", PATIENCE_SECONDS)
    return time.monotonic() - started


def test_a_dropped_template_is_a_dag_and_soon(airflow: StandaloneAirflow) -> None:
    airflow.drop("quick.json", release("quick", "fast"))
    print(f"visible after {wait_until_visible(airflow, 'quick'):.1f} s; 10 is promised on a machine that is not busy")


def test_an_approved_run_takes_the_path_of_the_approval_and_scripts_run_in_docker(airflow: StandaloneAirflow) -> None:
    airflow.drop("approved.json", release("approved", "one"))
    wait_until_visible(airflow, "approved")
    run_id = airflow.start_run("approved")
    airflow.answer("approved", run_id, "ask", "Approve")
    assert airflow.finish("approved", run_id) == "success"
    states = airflow.states("approved", run_id)
    assert states["publish"] == states["released"] == "success"
    assert states["refused"] == "skipped"
    assert "LOCAL PROCESSES" not in airflow.output


def test_a_rejected_run_takes_the_path_of_the_rejection_and_succeeds(airflow: StandaloneAirflow) -> None:
    airflow.drop("rejected.json", release("rejected", "two"))
    wait_until_visible(airflow, "rejected")
    run_id = airflow.start_run("rejected")
    airflow.answer("rejected", run_id, "ask", "Reject")
    assert airflow.finish("rejected", run_id) == "success"
    states = airflow.states("rejected", run_id)
    assert states["publish"] == "skipped"
    assert states["refused"] == "success"


def test_a_run_goes_on_with_the_version_it_started_with(airflow: StandaloneAirflow) -> None:
    airflow.drop("edited.json", release("edited", "old"))
    wait_until_visible(airflow, "edited")
    run_id = airflow.start_run("edited")
    airflow.wait_for_task("edited", run_id, "ask", "awaiting_input")

    airflow.drop("edited.json", release("edited", "new"))
    airflow.wait_until(lambda: airflow.version_of("edited") == 2, "second version", PATIENCE_SECONDS)
    airflow.answer("edited", run_id, "ask", "Approve")

    assert airflow.finish("edited", run_id) == "success"
    assert airflow.xcom("edited", run_id, "publish")["result"] == {"published": "old"}


def test_commands_in_another_terminal_are_about_the_demo(airflow: StandaloneAirflow) -> None:
    template = {"id": "by_command", "name": "By command", "nodes": [{"id": "only", "type": "task"}], "edges": []}
    airflow.drop("by_command.json", template)
    wait_until_visible(airflow, "by_command")
    shell = f". {airflow.home / 'environment.sh'} && airflow dags trigger by_command --run-id typed"
    found = subprocess.run(
        ["bash", "-c", shell], env=airflow._settings(), capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert airflow.finish("by_command", "typed") == "success"


def test_a_broken_template_says_where_and_affects_no_other(airflow: StandaloneAirflow) -> None:
    airflow.drop("sound.json", release("sound", "well"))
    path = airflow.drop("fragile.json", release("fragile", "ill"))
    for dag_id in ("sound", "fragile"):
        wait_until_visible(airflow, dag_id)

    path.write_text(path.read_text().replace('"type": "manual"', '"type": "manul"'))
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if '"manul"' in text)
    airflow.wait_until(lambda: not airflow.is_visible("fragile"), "end of fragile", PATIENCE_SECONDS)

    assert airflow.is_visible("sound")
    told = airflow.wait_until(lambda: airflow.import_errors().get("fragile.json.py"), "import error", PATIENCE_SECONDS)
    assert "manul" in told
    assert any(f"fragile.json:{number} " in told for number in range(line - 2, line + 2)), told


def test_a_deleted_template_takes_its_dag_along(airflow: StandaloneAirflow) -> None:
    path = airflow.drop("gone.json", release("gone", "bye"))
    wait_until_visible(airflow, "gone")
    path.unlink()
    airflow.wait_until(lambda: not airflow.is_visible("gone"), "end of gone", PATIENCE_SECONDS)


def test_a_second_start_in_the_same_home_or_on_the_same_port_is_refused(airflow: StandaloneAirflow) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = str(probe.getsockname()[1])
    same_port = _run_standalone("--port", str(airflow.port), "--home", str(airflow.home / "other"))
    same_home = _run_standalone("--port", free_port, "--home", str(airflow.home))
    assert (same_port.returncode, same_home.returncode) == (2, 2)
    assert f"port {airflow.port} of 127.0.0.1 cannot be used" in same_port.stderr
    assert "another 'airflow ops standalone' runs in" in same_home.stderr


def test_an_interrupt_ends_it_and_leaves_no_process_though_a_task_runs(
    airflow: StandaloneAirflow,
) -> None:
    template = release("endless", "never")
    template["nodes"][1] |= {"script": "sleep 300", "outputs": {}}
    template["nodes"][2]["subject"] = "Well?"
    airflow.drop("endless.json", template)
    wait_until_visible(airflow, "endless")
    run_id = airflow.start_run("endless")
    airflow.wait_for_task("endless", run_id, "build", "running")
    processes = airflow.descendants()
    assert len(processes) > 5

    print(f"stopped after {airflow.stop():.1f} s; 15 are promised on a machine that is not busy")

    assert airflow.process.returncode == 0
    assert [process for process in processes if process.is_running()] == []


def _run_standalone(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", "ops", "standalone", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
