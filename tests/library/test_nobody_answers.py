"""The BPMN templates of the library in a running Airflow, when nobody answers: the run fails, and nothing is done."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from running_templates import RunningTemplates

LIBRARY = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True)
class Case:
    """A request of a template that nobody answers.

    :param seconds: how long the template waits for the answer; here it is a second.
    :param undone: tasks that must not run.
    :param done: tasks that have run before.
    :param answers: what is answered before: task and option.
    """

    template: str
    task: str
    seconds: float
    undone: str
    done: str = ""
    conf: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def dag_id(self) -> str:
        """Id of a copy of its own."""
        return f"{self.template}.{self.task}"

    def copy(self) -> str:
        """Return the template with another id, in which the request waits for a second only."""
        text = (LIBRARY / f"{self.template}.bpmn").read_text()
        text = re.sub(rf'(id|bpmnElement)="{self.template}"', rf'\1="{self.dag_id}"', text)
        text, count = re.subn(rf'(<bpmn:userTask id="{self.task}" [^>]*dueDate=")[^"]+', r"\1PT1S", text)
        assert count == 1
        return text


CASES = (
    Case("incident_triage", "confirm_major", 900, "page inform downgrade record", "rate", {"demo_scale": "outage"}),
    Case("network_configuration_backup", "review", 86_400, "store raise_deviation", "policy", {"demo_change": "risky"}),
    Case("service_restart_with_verification", "approve", 1800, "restart keep_down hand_over", "collect"),
    Case("user_offboarding", "confirm", 259_200, "revoke_directory revoke_vpn cancelled report", "find_accounts"),
    Case(
        "user_offboarding",
        "collect_equipment",
        1_209_600,
        "verify report",
        "revoke_directory revoke_vpn revoke_source_control revoke_ticket_system hand_over",
        {"has_equipment": True},
        {"confirm": "Confirm"},
    ),
)


class RunningCopies(RunningTemplates):
    """Airflow whose scripts run as local processes."""

    runs_of: dict[str, str]

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {"AIRFLOW__OPS__SCRIPT_RUNNER": "process"}


@pytest.fixture(scope="module")
def airflow() -> Iterator[RunningCopies]:
    """An Airflow with the copies, a run of each, and all that is answered."""
    home = Path(tempfile.mkdtemp(prefix="airflow-nobody-"))
    running = RunningCopies(home)
    shutil.copytree(LIBRARY / "scripts", running.templates_folder / "scripts")
    for case in CASES:
        (running.templates_folder / f"{case.dag_id}.bpmn").write_text(case.copy())
    try:
        running.start()
        for case in CASES:
            running.wait_until(lambda case=case: running.bundle_version_of(case.dag_id), case.dag_id, 180)
        running.runs_of = {case.dag_id: running.trigger(case.dag_id, case.conf) for case in CASES}
        for case in CASES:
            for task, option in case.answers.items():
                running.wait_for_task(case.dag_id, running.runs_of[case.dag_id], task, "awaiting_input")
                running.answer(case.dag_id, running.runs_of[case.dag_id], task, option)
        yield running
    finally:
        running.stop()
        with suppress(OSError):
            shutil.rmtree(home)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.dag_id)
def test_a_request_that_nobody_answers_fails_the_run_before_anything_is_done(
    case: Case, airflow: RunningCopies
) -> None:
    run_id = airflow.runs_of[case.dag_id]
    assert airflow.finish(case.dag_id, run_id) == "failed"
    states = airflow.states(case.dag_id, run_id)
    assert [task for task, state in states.items() if state == "failed"] == [case.task]
    assert {states[task] for task in case.done.split()} == {"success"}
    assert {states[task] for task in case.undone.split()} <= {"upstream_failed", "skipped"}
    assert "within 1 seconds" in airflow.log(case.dag_id, run_id, case.task)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.dag_id)
def test_the_library_waits_as_long_as_its_descriptions_say(case: Case) -> None:
    from dag_factory.compiler import TemplateSource, compile_template

    path = LIBRARY / f"{case.template}.bpmn"
    [spec] = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent)).dags
    [request] = [task for task in spec.tasks if task.task_id == case.task]
    assert request.arguments["response_timeout_seconds"] == case.seconds
    assert "on_timeout" not in request.arguments
