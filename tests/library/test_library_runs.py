"""Each template of the library runs to its end: scripts in Docker, people answering, every way that matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


class Case:
    """One way through a template.

    :param done: tasks that must have succeeded.
    :param skipped: tasks that must not have run.
    :param variables: task and variable -> value that it must have set.
    :param failed: the task that fails the run; empty for a run that succeeds.
    :param caught: the task whose failure the template handles.
    """

    def __init__(
        self,
        template: str,
        way: str,
        conf: Mapping[str, Any] | None = None,
        *,
        answers: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
        done: str = "",
        skipped: str = "",
        variables: Mapping[tuple[str, str], Any] | None = None,
        failed: str = "",
        caught: str = "",
    ) -> None:
        self.template, self.way, self.conf, self.answers = template, way, conf, answers
        self.done, self.skipped, self.failed = done.split(), skipped.split(), failed
        self.caught = caught
        self.variables = variables or {}


def yes(option: str = "Approve", **form: Any) -> tuple[str, Mapping[str, Any]]:
    return option, form


SAMPLE_USE = {"disk": {"unit": "GB", "capacity": 100, "values": [90, 91, 92, 93, 94, 95, 96]}}

CASES = (
    Case("capacity_report", "plans ahead", done="purchase_plan write_report", skipped="urgent_order no_growth"),
    Case(
        "capacity_report",
        "orders at once for values that were measured",
        {"demo": False, "usage": SAMPLE_USE},
        done="urgent_order write_report",
        variables={("forecast", "days_left"): 4},
    ),
    Case("capacity_report", "orders nothing", {"demo_growth": "none"}, done="no_growth write_report"),
    Case(
        "capacity_report",
        "refuses values that cannot be used",
        {"demo": False, "usage": {"disk": {"capacity": 0, "values": []}}},
        failed="collect_usage",
    ),
    Case(
        "certificate_renewal",
        "renews what somebody approved",
        answers={"approve_renewal": yes(change_number="CHG-1")},
        done="renew_samples report renewed",
        skipped="order_all.items wait_for_installation record_rejection all_valid",
        variables={("inspect_samples", "expiring_count"): 2, ("approve_renewal", "change_number"): "CHG-1"},
    ),
    Case(
        "certificate_renewal",
        "leaves what somebody rejected",
        answers={"approve_renewal": yes("Reject", reason="freeze")},
        done="record_rejection not_renewed",
        skipped="renew_samples report",
    ),
    Case("certificate_renewal", "asks nobody where all are valid", {"warning_days": 1}, done="all_valid"),
    Case(
        "daily_health_check",
        "looks at this machine",
        {"critical_percent": 100, "load_per_cpu": 1000},
        done="summarize end",
    ),
    Case(
        "daily_health_check",
        "fails where a critical status is to",
        {"warning_percent": 1, "critical_percent": 1, "fail_when_critical": True},
        failed="report_critical",
    ),
    Case("database_backup_verification", "verifies a good one", done="verified end", skipped="report_broken"),
    Case("database_backup_verification", "doubts an old one", {"demo_fault": "old"}, done="report_doubt end"),
    Case("database_backup_verification", "raises the alarm", {"demo_fault": "rows_missing"}, failed="report_broken"),
    Case(
        "disk_space_remediation",
        "deletes what somebody approved",
        answers={"approve_clean_up": yes(note="go")},
        done="clean_up measure_again solved",
        skipped="keep_files nothing_to_delete",
    ),
    Case(
        "disk_space_remediation",
        "keeps what somebody rejected",
        answers={"approve_clean_up": yes("Reject")},
        done="keep_files open_end",
        skipped="clean_up",
    ),
    Case("disk_space_remediation", "does nothing below the threshold", {"demo_usage_percent": 10}, done="enough_space"),
    Case(
        "disk_space_remediation",
        "hands over what is still too full",
        {"demo_usage_percent": 100, "threshold_percent": 50, "auto_limit_mb": 10},
        done="clean_up still_too_full open_end",
        skipped="approve_clean_up solved",
    ),
    Case(
        "rolling_patching",
        "patches the others after the first",
        {"hosts": ["web-01", "web-02"]},
        answers={"approve_patching": yes(change_number="CHG-2")},
        done="patch_canary patched",
        skipped="postpone needs_attention",
    ),
    Case(
        "rolling_patching",
        "stops where the first host is not healthy",
        {"hosts": ["web-01", "web-02"], "demo_broken_host": "web-01"},
        answers={"approve_patching": yes()},
        done="patch_canary report needs_attention",
        skipped="patch_host patched",
    ),
    Case(
        "rolling_patching",
        "installs nothing after a rejection",
        {"hosts": ["web-01"]},
        answers={"approve_patching": yes("Reject", comment="not now")},
        done="postpone postponed",
        skipped="patch_canary",
    ),
    Case(
        "network_configuration_backup",
        "keeps ordinary changes and reads them back",
        done="store verify backed_up",
        skipped="review raise_deviation unchanged",
        variables={("compare", "changed_count"): 1, ("verify", "verified_count"): 3},
    ),
    Case(
        "network_configuration_backup", "keeps nothing new", {"demo_change": "none"}, done="unchanged", skipped="store"
    ),
    Case(
        "network_configuration_backup",
        "keeps risky changes that somebody accepts",
        {"demo_change": "risky"},
        answers={"review": yes("Accept")},
        done="store verify backed_up",
        variables={("policy", "violation_count"): 2},
    ),
    Case(
        "network_configuration_backup",
        "raises risky changes",
        {"demo_change": "risky"},
        answers={"review": yes("Raise", note="telnet?")},
        done="raise_deviation needs_attention",
        skipped="store backed_up",
    ),
    Case(
        "incident_triage",
        "assigns a degradation to its team",
        {"category": "database"},
        done="assign record triaged",
        skipped="confirm_major page downgrade",
        variables={("rate", "priority"): "P3", ("rate", "team"): "database operations"},
    ),
    Case(
        "incident_triage",
        "declares a major incident",
        {"demo_scale": "outage"},
        answers={"confirm_major": yes("Declare")},
        done="page inform record triaged",
        skipped="assign downgrade",
        variables={("rate", "priority"): "P1"},
    ),
    Case(
        "incident_triage",
        "downgrades an incident",
        {"demo_scale": "outage"},
        answers={"confirm_major": yes("Downgrade", note="one customer")},
        done="downgrade record triaged",
        skipped="page inform assign",
        variables={("downgrade", "priority"): "P2"},
    ),
    Case(
        "service_restart_with_verification",
        "leaves a service alone that runs",
        {"demo_service": "healthy"},
        done="nothing_to_do",
    ),
    Case(
        "service_restart_with_verification",
        "restarts after an approval",
        {"settle": "PT0.1S"},
        answers={"approve": yes()},
        done="collect restart settle_down verify report recovered",
        skipped="hand_over keep_down",
    ),
    Case(
        "service_restart_with_verification",
        "kills and starts a service that hangs",
        {"settle": "PT0.1S", "demo_service": "hangs"},
        answers={"approve": yes()},
        done="force verify report recovered",
        caught="restart",
    ),
    Case(
        "service_restart_with_verification",
        "leaves what its owner rejects",
        answers={"approve": yes("Reject", reason="I am on it")},
        done="keep_down left_alone",
        skipped="restart",
    ),
    Case(
        "service_restart_with_verification",
        "hands over what a restart did not help",
        {"settle": "PT0.1S", "demo_service": "stays_down"},
        answers={"approve": yes()},
        done="verify hand_over escalated",
        skipped="report",
    ),
    Case(
        "user_offboarding",
        "closes all accounts and hands over what there is",
        {"has_equipment": True},
        answers={"confirm": yes("Confirm", handover_to="boss"), "collect_equipment": yes("Done", equipment="laptop")},
        done="revoke_directory revoke_vpn revoke_source_control revoke_ticket_system hand_over verify offboarded",
        skipped="cancelled raise_alarm",
        variables={("find_accounts", "account_count"): 4, ("collect_equipment", "equipment"): "laptop"},
    ),
    Case(
        "user_offboarding",
        "closes nothing when cancelled",
        answers={"confirm": yes("Cancel")},
        done="cancelled",
        skipped="revoke_vpn",
    ),
    Case(
        "user_offboarding",
        "raises the alarm for an account that is left",
        {"demo_leftover": True, "keep_mailbox": False},
        answers={"confirm": yes("Confirm")},
        failed="raise_alarm",
        skipped="hand_over collect_equipment",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.template} {case.way}".replace(" ", "_"))
def test_a_template_of_the_library(case: Case, run_template: Any) -> None:
    run = run_template(case.template, case.conf, case.answers)
    assert run.state == ("failed" if case.failed else "success"), (run.states, run.errors)
    assert [task for task, state in run.states.items() if state == "failed"] == [
        *filter(None, (case.failed, case.caught))
    ]
    assert {task: run.states.get(task) for task in case.done} == dict.fromkeys(case.done, "success")
    assert {task: run.states.get(task) for task in case.skipped} == dict.fromkeys(case.skipped, "skipped")
    for (task, variable), value in case.variables.items():
        assert (run.xcom(task, "variables") or {}).get(variable) == value


@pytest.mark.parametrize("template", ["capacity_report", "daily_health_check"])
def test_a_template_runs_without_any_set_up_and_without_docker(
    template: str, run_template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__OPS__SCRIPT_RUNNER", "process")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    run = run_template(template)
    assert run.state == "success", (run.states, run.errors)
