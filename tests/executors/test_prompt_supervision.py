"""A worker goes on when its task's process has ended, and a task does not wait for a heartbeat that tells nothing."""

from __future__ import annotations

import os
import time
from uuid import uuid4

import pytest
from airflow.executors.workloads import BundleInfo
from airflow.sdk.api.client import Client, TaskInstanceOperations
from airflow.sdk.api.datamodels._generated import TaskInstance
from airflow.sdk.execution_time import coordinator, supervisor

from airflow_ops_plugin.executors.prompt_supervision import PromptSubprocess, supervise_promptly

HEARTBEAT_SECONDS = 120


def close_pipes_and_linger() -> None:
    """Do what the kernel may make of any end of a process: all pipes are closed, and a moment later it is gone."""
    os.closerange(0, 256)
    time.sleep(0.3)
    os._exit(0)


def speak_and_linger() -> None:
    """Say something at once, so that the supervisor looks up, and end a moment later."""
    os.write(1, b"working\n")
    time.sleep(0.3)
    os._exit(0)


class Unannounced(PromptSubprocess):
    """A process that is not reported to an API server, and told nothing."""

    def _on_child_started(self, **details: object) -> None:
        pass


def test_the_end_of_a_process_is_seen_though_its_pipes_were_closed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MIN_HEARTBEAT_INTERVAL", HEARTBEAT_SECONDS)
    started = time.monotonic()
    process = Unannounced.start(
        what=TaskInstance.model_construct(id=uuid4()),
        dag_rel_path="dag.py",
        bundle_info=BundleInfo(name="bundle"),
        client=Client(base_url="", dry_run=True, token=""),
        target=close_pipes_and_linger,
    )
    assert process.wait() == 0
    assert time.monotonic() - started < HEARTBEAT_SECONDS / 2


def test_the_call_that_starts_a_task_is_its_first_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    def announce(self: supervisor.ActivitySubprocess, **details: object) -> None:
        self._last_successful_heartbeat = time.monotonic()

    monkeypatch.setattr(supervisor.ActivitySubprocess, "_on_child_started", announce)
    calls: list[str] = []
    client = Client(base_url="", dry_run=True, token="")
    monkeypatch.setattr(TaskInstanceOperations, "heartbeat", lambda *given, **named: calls.append("heartbeat"))
    process = PromptSubprocess.start(
        what=TaskInstance.model_construct(id=uuid4()),
        dag_rel_path="dag.py",
        bundle_info=BundleInfo(name="bundle"),
        client=client,
        target=speak_and_linger,
    )
    assert process.wait() == 0
    assert calls == []


def test_airflow_starts_tasks_under_that_supervision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ActivitySubprocess", supervisor.ActivitySubprocess)
    supervise_promptly()
    starts: list[object] = []
    monkeypatch.setattr(PromptSubprocess, "start", classmethod(lambda cls, **given: starts.append(cls) or End()))
    coordinator._build_python_coordinator().execute_task(
        what=None, dag_rel_path="dag.py", bundle_info=None, client=None, subprocess_logs_to_stdout=False
    )
    assert starts == [PromptSubprocess]


class End:
    """A process that has ended."""

    final_state = "success"

    def wait(self) -> int:
        return 0
