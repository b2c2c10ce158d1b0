"""``airflow ops templates check``: which files, what is counted, and what one bad file does to the others."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_ops_plugin.cli import check, templates_command
from airflow_ops_plugin.cli.check import Outcome, check_files, find_files
from airflow_ops_plugin.cli.check_summary import summarize

BPMN = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="{id}" isExecutable="true">'
    '<startEvent id="s"/>{body}</process></definitions>'
)
GOOD = BPMN.format(id="good", body='<sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/>')
WARNED = BPMN.format(id="warned", body='<task id="lost"/>')
REFUSED = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'
Run = Callable[..., tuple[int, Any]]

FAULTY_WORKER = """
import os, sys, time
from airflow_ops_plugin.cli import compile_worker

good = compile_worker.answer

def answer(file):
    if "hang" in file.name:
        time.sleep(600)
    if "die" in file.name:
        os._exit(9)
    return good(file)

compile_worker.answer = answer
compile_worker.serve(sys.stdin.buffer, os.fdopen(os.dup(1), "wb"))
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """A function that runs the command and returns its exit code and the JSON that it printed."""

    def command(path: Path, *, summary: bool = False) -> tuple[int, Any]:
        arguments = argparse.Namespace(paths=[path], summary=summary, format="json", timeout=60.0, jobs=2)
        with pytest.raises(SystemExit) as ended:
            templates_command.check(arguments)
        return int(str(ended.value.code)), json.loads(capsys.readouterr().out)

    return command


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_summary_counts_each_file_once_by_what_became_of_it(run: Run, tmp_path: Path) -> None:
    write(tmp_path, good_dot_bpmn=GOOD, deep__er__warned_dot_bpmn=WARNED, refused_dot_bpmn=REFUSED, junk_dot_bpmn="<a>")
    code, summary = run(tmp_path, summary=True)
    assert code == 1
    outcomes = {name: summary[name] for name in ("files", "refused", "crashed", "timed_out")}
    assert outcomes == {"files": 4, "refused": 2, "crashed": 0, "timed_out": 0}
    assert (summary["compiled"], summary["compiled_with_warnings"]) == (1, 1)
    assert summary["refused_by_code"] == {"DF001": 1, "DF011": 1}
    assert summary["warned_by_code"] == {"DF156": 1}
    assert 0 < summary["seconds_p50"] <= summary["seconds_p95"] <= summary["seconds_max"]
    assert summary["peak_memory_bytes"] > 10_000_000


def test_a_folder_is_searched_for_every_name_that_bpmn_files_have(tmp_path: Path) -> None:
    names = ["a.bpmn", "b.BPMN", "c.bpmn20.xml", "d.bpmn2", "e.bpmn.xml", "f.xml", "sub/g.bpmn", "h.json"]
    for name in [*names, ".hidden.bpmn", ".git/i.bpmn", "readme.md"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    (tmp_path / "pom.xml").write_text("<project/>", encoding="utf-8")
    found = [file.name for files in find_files([tmp_path]).values() for file in files]
    assert sorted(found) == sorted(names)


def test_xml_files_in_utf_16_are_recognized(tmp_path: Path) -> None:
    (tmp_path / "wide.xml").write_bytes(("\ufeff" + GOOD).encode("utf-16-le"))
    assert [file.name for files in find_files([tmp_path]).values() for file in files] == ["wide.xml"]


def test_files_that_hang_or_kill_their_process_stop_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, hang_dot_bpmn=GOOD, die_dot_bpmn=GOOD, fine_dot_bpmn=GOOD, warned_dot_bpmn=WARNED)
    monkeypatch.setattr(check, "WORKER", [sys.executable, "-c", FAULTY_WORKER])
    checked = check_files(find_files([tmp_path]), timeout_seconds=5, jobs=1, on_done=lambda: None)
    outcomes = {one.path.stem: one.outcome for one in checked}
    assert outcomes == {
        "die": Outcome.CRASHED,
        "fine": Outcome.COMPILED,
        "hang": Outcome.TIMED_OUT,
        "warned": Outcome.COMPILED_WITH_WARNINGS,
    }
    summary = summarize(checked)
    assert (summary.crashed, summary.timed_out) == (1, 1)
    assert [problem.partition(": ")[2] for problem in summary.problems] == [
        "the compiler failed (its process ended with exit code 9)",
        "not compiled within 5 s",
    ]


def test_dag_ids_used_twice_are_errors_of_a_templates_folder_but_refuse_no_file_of_a_summary(
    run: Run, tmp_path: Path
) -> None:
    write(tmp_path, one_dot_bpmn=GOOD, two_dot_bpmn=GOOD)
    code, listed = run(tmp_path)
    assert code == 1
    assert [[found["code"] for found in one["diagnostics"]] for one in listed] == [["DF106"], ["DF106"]]
    _, summary = run(tmp_path, summary=True)
    assert (summary["compiled"], summary["refused"], summary["sharing_dag_ids"]) == (2, 0, 2)
