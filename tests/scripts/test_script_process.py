"""A script as a local process: only where allowed, said loudly, with the same result, and never left behind."""

from __future__ import annotations

import signal
import subprocess
import uuid
from typing import Any

import pytest
from docker_script import ScriptFactory, wait_for

ALLOWED: dict[str, Any] = {"runner": "process", "worker": {"AIRFLOW__OPS__ALLOW_PROCESS_SCRIPTS": "True"}}


def is_running(marker: str) -> bool:
    """Return whether a process has ``marker`` in its command line."""
    return subprocess.run(["pgrep", "-f", marker], capture_output=True, check=False).returncode == 0


@pytest.fixture
def marker() -> str:
    """A number of seconds that no other process on this machine sleeps."""
    return str(100_000_000 + uuid.uuid4().int % 899_999_999)


def test_a_node_may_not_choose_a_process_unless_the_deployment_allows_it(docker_script: ScriptFactory) -> None:
    outcome = docker_script("echo '[1]'", runner="process").run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("ScriptSettingsError: This script asks to run as a local process")


def test_a_deployment_may_choose_processes_for_every_script(docker_script: ScriptFactory) -> None:
    outcome = docker_script("echo '[1]'", worker={"AIRFLOW__OPS__SCRIPT_RUNNER": "process"}).run()
    assert outcome.return_value["result"] == [1]
    assert "LOCAL PROCESS of the worker, WITHOUT ISOLATION" in outcome.log


@pytest.mark.parametrize("language", ["sh", "bash", "python"])
def test_the_result_has_the_same_form_as_in_a_container(docker_script: ScriptFactory, language: str) -> None:
    script = "print('{\"n\": 1}')" if language == "python" else "echo '{\"n\": 1}'"
    outcome = docker_script(script, language, outputs={"n": "result.n"}, **ALLOWED).run()
    assert outcome.state == "success"
    assert outcome.return_value.keys() == {"success", "output", "result", "execution_time", "exit_code"}
    assert outcome.variables == {"n": 1}


def test_the_process_gets_no_variable_of_the_worker(docker_script: ScriptFactory) -> None:
    script = "import json, os; print(json.dumps(sorted(os.environ))); print(json.dumps(os.listdir()))"
    options: dict[str, Any] = {"environment": {"MINE": "1"}, "secrets": {"KEY": "variable:api_key"}, **ALLOWED}
    outcome = docker_script(f"{script}", "python", **options).run()
    names = outcome.return_value["output"].splitlines()[0]
    assert names == '["HOME", "KEY", "LANG", "MINE", "PATH", "PYTHONUNBUFFERED"]'
    assert outcome.return_value["result"] == ["script.py"]


def test_a_failure_has_its_exit_code_its_last_lines_and_masked_secrets(docker_script: ScriptFactory) -> None:
    options: dict[str, Any] = {"secrets": {"KEY": "variable:api_key"}, "exit_codes": {"fail": [9]}, **ALLOWED}
    outcome = docker_script("echo key $KEY >&2; exit 9", **options).run()
    assert outcome.state == "failed"
    assert "key ***" in outcome.error
    assert "key-from-a-variable" not in outcome.log + outcome.error


def test_the_time_limit_kills_the_whole_group(docker_script: ScriptFactory, marker: str) -> None:
    outcome = docker_script(f"trap '' TERM; sleep {marker} & sleep {marker}", timeout=3, **ALLOWED).run()
    assert outcome.error.startswith("AirflowTaskTimeout")
    assert not is_running(f"sleep {marker}")


def test_what_the_script_left_in_the_background_is_killed_and_not_waited_for(
    docker_script: ScriptFactory, marker: str
) -> None:
    outcome = docker_script(f"sleep {marker} & echo '[1]'", timeout=60, **ALLOWED).run()
    assert outcome.return_value["result"] == [1]
    assert not is_running(f"sleep {marker}")


def test_sigterm_kills_the_script(docker_script: ScriptFactory, marker: str) -> None:
    running = docker_script(f"echo begin x; sleep {marker}", **ALLOWED).start()
    wait_for(lambda: "begin " in running.log)
    running.kill(signal.SIGTERM)
    assert "The script was stopped by Airflow" in running.finish().error
    assert not is_running(f"sleep {marker}")


def test_the_script_dies_with_a_worker_that_is_killed(docker_script: ScriptFactory, marker: str) -> None:
    running = docker_script(f"echo begin x; exec sleep {marker}", **ALLOWED).start()
    wait_for(lambda: "begin " in running.log)
    running.kill(signal.SIGKILL)
    running.wait()
    wait_for(lambda: not is_running(f"sleep {marker}"), seconds=10)


def test_requirements_need_docker(docker_script: ScriptFactory) -> None:
    outcome = docker_script("pass", "python", requirements=["anything"], **ALLOWED).run()
    assert "a script with requirements cannot run as a local process" in outcome.error
