"""A script runs once, and leaves no container, whatever dies: the task's process, its worker, the Docker engine."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import APIError
from docker_script import IMAGE, ScriptFactory, find_containers, wait_for

SLOW_SCRIPT = 'echo begin $(cat /proc/sys/kernel/random/uuid); sleep 6; echo "[\\"end\\"]"'


@pytest.fixture
def starts(docker_client: APIClient) -> Iterator[Any]:
    """Return a function that counts how often containers of a script were started since the test began."""
    since = int(time.time()) - 1

    def count(script: Any) -> int:
        filters = {"event": "start", "label": f"airflow-ops.dag={script.dag}"}
        return len(list(docker_client.events(since=since, until=int(time.time()) + 1, filters=filters, decode=True)))

    return count


def test_after_kill_9_the_retry_joins_the_running_container(
    docker_script: ScriptFactory, docker_client: APIClient, starts: Any
) -> None:
    script = docker_script(SLOW_SCRIPT)
    first = script.start()
    wait_for(lambda: "] begin" in first.log or "begin " in first.log)
    first.kill(signal.SIGKILL)
    assert first.wait() is None
    assert len(find_containers(docker_client, script)) == 1
    outcome = script.run()
    assert outcome.state == "success"
    assert outcome.return_value["result"] == ["end"]
    assert outcome.log.count("begin ") == 1, "the retry's log holds the whole output"
    assert starts(script) == 1


def test_after_kill_9_the_retry_reads_a_container_that_has_ended_meanwhile(
    docker_script: ScriptFactory, docker_client: APIClient, starts: Any
) -> None:
    script = docker_script(SLOW_SCRIPT)
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    first.kill(signal.SIGKILL)
    first.wait()
    wait_for(lambda: find_containers(docker_client, script)[0]["State"] == "exited")
    outcome = script.run()
    assert outcome.return_value["result"] == ["end"]
    assert "begin " in outcome.log
    assert starts(script) == 1


def test_killed_between_creating_and_storing_the_retry_starts_that_container(
    docker_script: ScriptFactory, docker_client: APIClient, starts: Any
) -> None:
    script = docker_script("echo '[1]'")
    first = script.start()
    wait_for(lambda: find_containers(docker_client, script))
    first.kill(signal.SIGKILL)
    first.wait()
    name = find_containers(docker_client, script)[0]["Names"][0]
    outcome = script.run()
    assert outcome.state == "success"
    assert name.lstrip("/") in outcome.log
    assert starts(script) == 1


def test_a_result_that_was_stored_is_not_worked_for_again(docker_script: ScriptFactory, starts: Any) -> None:
    script = docker_script('echo "[\\"$(cat /proc/sys/kernel/random/uuid)\\"]"')
    first, retry = script.run(), script.run()
    assert retry.state == "success"
    assert retry.return_value == first.return_value
    assert starts(script) == 1


def test_a_cleared_task_does_not_join_what_was_left_of_the_old_execution(
    docker_script: ScriptFactory, docker_client: APIClient, starts: Any
) -> None:
    script = docker_script(SLOW_SCRIPT)
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    first.kill(signal.SIGKILL)
    first.wait()
    old = find_containers(docker_client, script)[0]["Id"]
    outcome = script.run(is_cleared=True)
    assert outcome.state == "success"
    assert starts(script) == 2
    with pytest.raises(APIError):
        docker_client.inspect_container(old)


def test_sigterm_kills_the_script_and_removes_its_container(
    docker_script: ScriptFactory, docker_client: APIClient
) -> None:
    script = docker_script("trap '' TERM; echo begin x; sleep 300")
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    first.kill(signal.SIGTERM)
    outcome = first.finish()
    assert "ScriptInterruptedError: The script was stopped by Airflow" in outcome.error
    assert find_containers(docker_client, script) == []


def test_an_orphan_ends_itself_when_its_time_is_over_and_the_next_script_removes_what_is_expired(
    docker_script: ScriptFactory, docker_client: APIClient
) -> None:
    script = docker_script("trap '' TERM; echo begin x; (setsid sleep 300 &) ; sleep 300", timeout=4)
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    first.kill(signal.SIGKILL)
    first.wait()
    wait_for(lambda: find_containers(docker_client, script)[0]["State"] == "exited", seconds=30)
    outcome = script.run()
    assert outcome.error.startswith("AirflowTaskTimeout: The script did not end within its time.")
    expired = docker_client.create_container(
        IMAGE, ["sleep", "300"], labels={"airflow-ops.script": "yes", "airflow-ops.script.timeout": "-600"}
    )
    docker_client.start(expired["Id"])
    docker_script("true").run()
    with pytest.raises(APIError):
        docker_client.inspect_container(expired["Id"])


def test_two_tries_at_once_share_one_container(docker_script: ScriptFactory, starts: Any) -> None:
    script = docker_script(SLOW_SCRIPT)
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    second = script.start()
    first_outcome, second_outcome = first.finish(), second.finish()
    assert "success" in (first_outcome.state, second_outcome.state)
    assert starts(script) == 1


class OwnEngine:
    """A Docker engine beside the machine's own, which a test may stop; its containerd is a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.url = f"unix://{folder}/docker.sock"
        self._folder = folder
        self._options = options
        self._containerd = self._spawn(
            "containerd", "--root", "containerd", "--state", "state", "--address", "containerd.sock"
        )
        wait_for(lambda: (folder / "containerd.sock").exists())
        self._dockerd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        paths = ["--containerd", "containerd.sock", "--data-root", "data", "--exec-root", "exec", "--pidfile", "pid"]
        (self._folder / "pid").unlink(missing_ok=True)
        # In a network of its own: with --bridge=none an engine deletes docker0, which the machine's own engine needs.
        self._dockerd = self._spawn(
            "unshare",
            "--net",
            "dockerd",
            "--host",
            self.url,
            "--bridge=none",
            "--iptables=false",
            *paths,
            *self._options,
        )
        wait_for(self._is_answering, seconds=120)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End its process; with SIGKILL it cannot clean up."""
        assert self._dockerd is not None
        self._dockerd.send_signal(number)
        self._dockerd.wait()
        self._dockerd = None

    def close(self) -> None:
        """End all of it and remove what it kept."""
        try:
            if self._dockerd is None:
                self.start()
            for container in self.client.containers(all=True):
                self.client.remove_container(container["Id"], force=True)
            self.stop()
        finally:
            if self._dockerd is not None:
                self._dockerd.kill()
            self._containerd.terminate()
            self._containerd.wait()
            mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
            for mount in sorted((m for m in mounts if m.startswith(f"{self._folder}/")), reverse=True):
                subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def client(self) -> APIClient:
        """A new client of it."""
        return APIClient(base_url=self.url)

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        own = {"containerd", "state", "containerd.sock", "data", "exec", "pid"}
        command = [program, *(str(self._folder / text) if text in own else text for text in arguments)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def _is_answering(self) -> bool:
        assert self._dockerd is not None
        assert self._dockerd.poll() is None, (self._folder / "log").read_text()[-3000:]
        try:
            return bool(self.client.ping())
        except Exception:  # Docker's client raises of many kinds while the engine starts
            return False


@pytest.fixture(scope="module")
def engine_folder(docker_client: APIClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a short name, for a socket's path may have 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="ops-"))
    with (folder / "image.tar").open("wb") as file:
        for chunk in docker_client.get_image(IMAGE):
            file.write(chunk)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_engine(engine_folder: Path, request: pytest.FixtureRequest) -> Iterator[OwnEngine]:
    """An engine of this test's own, with the default image."""
    folder = Path(tempfile.mkdtemp(prefix="ops-"))
    engine = OwnEngine(folder, *getattr(request, "param", ()))
    try:
        engine.start()
        with (engine_folder / "image.tar").open("rb") as file:
            engine.client.load_image(file)
        yield engine
    finally:
        engine.close()


@pytest.mark.parametrize("own_engine", [("--live-restore",)], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_script_outlives_a_restart_of_an_engine_with_live_restore_and_runs_once(
    docker_script: ScriptFactory, own_engine: OwnEngine, number: signal.Signals
) -> None:
    lines = "for i in $(seq 12); do echo line $i; sleep 1; done; echo '[\"end\"]'"
    script = docker_script(lines, worker={"AIRFLOW__OPS__DOCKER_URL": own_engine.url})
    running = script.start()
    wait_for(lambda: "line 2 " in running.log)
    own_engine.stop(number)
    own_engine.start()
    outcome = running.finish()
    assert outcome.state == "success", outcome.log
    assert [outcome.log.count(f" line {i} ") for i in range(1, 13)] == [1] * 12
    assert find_containers(own_engine.client, script) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_of_an_engine_that_kills_its_containers_fails_the_try_and_leaves_nothing(
    docker_script: ScriptFactory, own_engine: OwnEngine, number: signal.Signals
) -> None:
    script = docker_script(
        "echo begin x; sleep 8; echo '[\"end\"]'", worker={"AIRFLOW__OPS__DOCKER_URL": own_engine.url}
    )
    running = script.start()
    wait_for(lambda: "begin " in running.log)
    own_engine.stop(number)
    own_engine.start()
    interrupted = running.finish()
    assert interrupted.state == "up_for_retry"
    assert '["end"]' not in interrupted.log
    assert "its Docker engine was stopped" in interrupted.error
    assert find_containers(own_engine.client, script) == []
    retry = script.run()
    assert retry.return_value["result"] == ["end"]
    assert find_containers(own_engine.client, script) == []


def test_an_engine_that_stays_away_is_an_error_and_the_retry_finds_the_container(
    docker_script: ScriptFactory, own_engine: OwnEngine
) -> None:
    worker = {"AIRFLOW__OPS__DOCKER_URL": own_engine.url, "AIRFLOW__OPS__SCRIPT_ENGINE_WAIT_SECONDS": "2"}
    script = docker_script("echo begin x; sleep 300", worker=worker)
    running = script.start()
    wait_for(lambda: "begin " in running.log)
    own_engine.stop(signal.SIGKILL)
    outcome = running.finish()
    own_engine.start()
    assert outcome.state == "up_for_retry"
    assert "did not come back within 2 s" in outcome.error
    assert len(find_containers(own_engine.client, script)) == 1
    assert script.run().state == "up_for_retry"
    assert find_containers(own_engine.client, script) == []


def test_a_script_that_may_still_run_on_an_engine_out_of_reach_is_not_started_on_another(
    docker_script: ScriptFactory, own_engine: OwnEngine, docker_client: APIClient, starts: Any
) -> None:
    script = docker_script("echo begin x; sleep 20", worker={"AIRFLOW__OPS__DOCKER_URL": own_engine.url})
    first = script.start()
    wait_for(lambda: "begin " in first.log)
    first.kill(signal.SIGKILL)
    first.wait()
    script.environment = {}
    outcome = script.run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("ScriptMayStillRunError")
    assert starts(script) == 0
    assert find_containers(docker_client, script) == []
