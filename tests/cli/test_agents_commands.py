"""``airflow ops agents`` and ``airflow ops queue``, through Airflow's own command line, on a migrated database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Run = Callable[..., int]

TEAM = """
agents:
  - name: anna
    kind: person
    address: anna
    skills: {netops: 3}
    labels: [dba]
    time_zone: Europe/Berlin
    working_hours:
      - {days: [mon, tue], start: "08:00", end: "17:00"}
  - {name: build1, kind: docker_host, address: docker_build1, capacity: 4, weight: 2.0}
"""


@pytest.fixture
def airflow(airflow_home: Path) -> Run:
    """A function that runs a command and returns its exit code; there are no agents."""
    from airflow.cli.cli_parser import get_parser
    from airflow.utils.session import create_session

    from airflow_ops_plugin.db.tables import metadata

    with create_session(scoped=False) as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())

    def run(*arguments: str) -> int:
        args = get_parser().parse_args(["ops", *arguments])
        try:
            args.func(args)
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


def listed(airflow: Run, capsys: pytest.CaptureFixture[str], *filters: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert airflow("agents", "list", "--output", "json", *filters) == 0
    return list(json.loads(capsys.readouterr().out))


def test_an_agent_is_registered_changed_drained_activated_and_removed(
    airflow: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--kind", "person", "--address", "anna", "--skill", "netops=3", "--label", "dba")
    assert airflow("agents", "add", "anna", *arguments) == 0
    assert airflow("agents", "set", "anna", "--skill", "linux=2", "--without-label", "dba", "--capacity", "3") == 0
    assert airflow("agents", "drain", "anna", "--reason", "holiday") == 0
    (line,) = listed(airflow, capsys)
    assert line["skills"] == "linux=2 netops=3"
    assert (line["status"], line["load"], line["labels"], line["reason"]) == ("draining", "0/3", "", "holiday")
    assert airflow("agents", "maintain", "anna") == 0
    assert airflow("agents", "activate", "anna") == 0
    assert listed(airflow, capsys, "--skill", "linux", "--status", "available")
    assert listed(airflow, capsys, "--kind", "docker_host") == []
    assert airflow("agents", "remove", "anna") == 0
    assert listed(airflow, capsys) == []


def test_what_is_exported_can_be_imported_and_changes_nothing(
    airflow: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text(TEAM)
    assert airflow("agents", "import", str(file)) == 0
    assert "2 created" in capsys.readouterr().out
    exported = tmp_path / "exported.yaml"
    assert airflow("agents", "export", str(exported)) == 0
    found = yaml.safe_load(exported.read_text())["agents"]
    assert [agent["name"] for agent in found] == ["anna", "build1"]
    assert found[1] == yaml.safe_load(TEAM)["agents"][1]
    assert airflow("agents", "import", str(exported), "--replace") == 0
    assert "0 created, 0 changed, 2 unchanged, 0 removed" in capsys.readouterr().out
    exported.write_text("agents: []")
    assert airflow("agents", "import", str(exported), "--replace") == 0
    assert listed(airflow, capsys) == []


def test_show_prints_the_description_and_what_happened(airflow: Run, capsys: pytest.CaptureFixture[str]) -> None:
    airflow("agents", "add", "build1", "--kind", "docker_host", "--address", "docker_build1")
    capsys.readouterr()
    assert airflow("agents", "show", "build1") == 0
    told = yaml.safe_load(capsys.readouterr().out)
    assert (told["address"], told["status"], told["load"]) == ("docker_build1", "available", 0)
    assert "registered" in told["events"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "nobody"), 1, "there is no agent 'nobody'"),
        (("add", "anna", "--kind", "person", "--address", "other"), 1, "there is an agent 'anna' already"),
        (("add", "x", "--kind", "person", "--address", "x", "--skill", "netops"), 2, "netops=3"),
        (("add", "x", "--kind", "person", "--address", "x", "--skill", "netops=9"), 2, "skills.netops"),
        (("add", "x", "--kind", "person", "--address", "x", "--time-zone", "Mars"), 2, "unknown time zone 'Mars'"),
        (("import", "/nowhere.yaml"), 2, "cannot be read"),
    ],
)
def test_what_is_refused_has_an_exit_code_and_a_reason(
    airflow: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    airflow("agents", "add", "anna", "--kind", "person", "--address", "anna")
    capsys.readouterr()
    assert airflow("agents", *arguments) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", ["agents: [", "agents: [{name: x}]", "people: []", "- a"])
def test_a_file_that_does_not_describe_agents_changes_nothing(
    airflow: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text(text)
    assert airflow("agents", "import", str(file)) == 2
    assert capsys.readouterr().err
    assert listed(airflow, capsys) == []


def test_the_queue_says_why_work_waits(airflow: Run, capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import UTC, datetime
    from uuid import uuid4

    from airflow.utils.session import create_session

    from airflow_ops_plugin.assignment.request import Attempt, request_work
    from airflow_ops_plugin.assignment.roster import Roster
    from airflow_ops_plugin.assignment.schemas import WorkRequest
    from airflow_ops_plugin.assignment.settings import AssignmentSettings
    from airflow_ops_plugin.assignment.work import WorkKey

    airflow("agents", "add", "build1", "--kind", "docker_host", "--address", "docker_build1")
    key = WorkKey(dag_id="d", run_id="r", task_id="t", map_index=3)
    attempt = Attempt(key=key, ti_id=uuid4(), try_number=1, requester=None)
    request = WorkRequest(kind="docker_host", skills={"netops": 3})
    with create_session(scoped=False) as session:
        request_work(session, Roster(), AssignmentSettings(), attempt=attempt, request=request, now=datetime.now(UTC))
    capsys.readouterr()
    assert airflow("queue", "list", "--output", "json") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["place"], line["task"], line["needs"]) == ("1", "t[3]", "docker_host netops>=3")
    assert "lack skill netops>=3" in line["reason"]
