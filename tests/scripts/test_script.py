"""ScriptOperator with a real engine: results, failures, exit codes, what the container may do, secrets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from docker_script import find_containers

if TYPE_CHECKING:
    from docker import APIClient
    from docker_script import ScriptFactory


def test_a_script_that_prints_json_publishes_it_as_variables(docker_script: ScriptFactory) -> None:
    outcome = docker_script(
        'echo working; echo "{\\"free\\": $limit}"',
        params={"limit": 7},
        variables={"limit": []},
        pass_variables=["limit"],
        outputs={"free_gb": "result.free"},
    ).run()
    assert outcome.state == "success", outcome.log
    assert outcome.return_value["result"] == {"free": 7}
    assert outcome.return_value["output"] == 'working\n{"free": 7}\n'
    assert outcome.return_value["exit_code"] == 0
    assert outcome.return_value["success"] is True
    assert outcome.return_value["execution_time"] > 0
    assert outcome.variables == {"free_gb": 7}


@pytest.mark.parametrize("language", ["sh", "bash", "python"])
def test_each_language_is_run_by_its_own_interpreter(docker_script: ScriptFactory, language: str) -> None:
    script = {
        "sh": 'echo "[\\"$0\\"]"',
        "bash": 'words=(a b); echo "[\\"${words[1]}\\"]"',
        "python": "import sys; print([sys.version_info.major])",
    }[language]
    outcome = docker_script(script, language).run()
    assert outcome.return_value["result"] == {"sh": ["/script/script.sh"], "bash": ["b"], "python": [3]}[language]


def test_variables_reach_the_script_as_environment_and_never_as_text_of_it(docker_script: ScriptFactory) -> None:
    hostile = "$(echo injected) `id` ${run.id}"
    script = """
import json, os
names = ["host", "names", "flag", "nothing", "FROM_EXPRESSION"]
print(json.dumps({name: os.environ.get(name) for name in names}))
print("${host}")
"""
    outcome = docker_script(
        script,
        "python",
        params={"host": hostile, "names": ["a", "b"], "flag": True, "nothing": None},
        variables={"host": [], "names": [], "flag": [], "nothing": []},
        pass_variables=["host", "names", "flag", "nothing"],
        environment={"FROM_EXPRESSION": "to ${names[1]}"},
    ).run()
    assert outcome.return_value["result"] == {
        "host": hostile,
        "names": '["a", "b"]',
        "flag": "true",
        "nothing": None,
        "FROM_EXPRESSION": "to b",
    }
    assert outcome.return_value["output"].endswith("${host}\n")


def test_a_script_of_one_mebibyte_arrives_unchanged(docker_script: ScriptFactory) -> None:
    filler = "é%s\\n'\"$x\n" * 80_000
    script = f"import hashlib, json\nTEXT = r'''{filler}'''\n"
    script += "print(json.dumps([hashlib.sha256(TEXT.encode()).hexdigest()]))\n"
    script += "#" * (1024 * 1024 - len(script.encode()))
    outcome = docker_script(script, "python").run()
    assert outcome.return_value["result"] == [hashlib.sha256(filler.encode()).hexdigest()]


def test_a_failure_shows_the_exit_code_and_the_last_lines_and_is_retried(docker_script: ScriptFactory) -> None:
    outcome = docker_script("for i in $(seq 40); do echo line $i; done; echo went wrong >&2; exit 3").run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("ScriptFailedError: The script failed with exit code 3.")
    assert "went wrong" in outcome.error
    assert "line 22\n" in outcome.error
    assert "line 20\n" not in outcome.error


@pytest.mark.parametrize(
    ("exit_code", "state"), [(0, "success"), (4, "success"), (5, "skipped"), (6, "failed"), (7, "up_for_retry")]
)
def test_exit_codes_decide_the_state(docker_script: ScriptFactory, exit_code: int, state: str) -> None:
    exit_codes = {"ok": [4], "skip": [5], "fail": [6], "retry": [7]}
    outcome = docker_script(f"exit {exit_code}", exit_codes=exit_codes).run()
    assert outcome.state == state


def test_the_container_is_confined(docker_script: ScriptFactory) -> None:
    script = """
import json, os, pathlib, socket
status = dict(line.split(":\\t", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
def writes_to(path):
    try:
        pathlib.Path(path, "x").write_text("x")
    except OSError:
        return False
    return True
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(),
    "capabilities": [status[name] for name in ("CapEff", "CapPrm", "CapBnd")],
    "no_new_privileges": status["NoNewPrivs"],
    "seccomp": status["Seccomp"],
    "writable": [path for path in ("/", "/etc", "/usr", "/var", "/root", "/tmp") if writes_to(path)],
    "interfaces": [name for _, name in socket.if_nameindex()],
    "tmp_bytes": os.statvfs("/tmp").f_frsize * os.statvfs("/tmp").f_blocks,
    "working_directory": os.getcwd(),
}))
"""
    assert docker_script(script, "python").run().return_value["result"] == {
        "uid": 65534,
        "gid": 65534,
        "capabilities": ["0000000000000000"] * 3,
        "no_new_privileges": "1",
        "seccomp": "2",
        "writable": ["/tmp"],
        "interfaces": ["lo"],
        "tmp_bytes": 64 * 1024 * 1024,
        "working_directory": "/tmp",
    }


def test_network_is_there_only_where_the_node_asks_for_it(docker_script: ScriptFactory) -> None:
    script = "import socket; print([len(socket.if_nameindex())])"
    assert docker_script(script, "python", network=True).run().return_value["result"] == [2]


@pytest.mark.parametrize("network", ["host", "container:other"])
def test_the_network_of_the_host_or_of_another_container_is_refused(docker_script: ScriptFactory, network: str) -> None:
    assert "cannot have the network" in docker_script("true", network=network).run().error


def test_a_fork_bomb_ends_at_the_limit_of_processes(docker_script: ScriptFactory) -> None:
    script = """
import os, sys, time
for count in range(1000):
    try:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    except BlockingIOError:
        print([count]); sys.exit()
"""
    outcome = docker_script(script, "python", pids_limit=32).run()
    assert 20 < outcome.return_value["result"][0] < 32


def test_a_script_that_needs_too_much_memory_fails_with_that_as_the_reason(docker_script: ScriptFactory) -> None:
    outcome = docker_script("x = bytearray(200_000_000); print(len(x))", "python", memory="48m").run()
    assert outcome.state == "up_for_retry"
    assert "ran out of its memory limit of 48m" in outcome.error


def test_a_script_gets_no_more_processor_time_than_its_share(docker_script: ScriptFactory) -> None:
    script = """
import time
start, used = time.monotonic(), time.process_time()
while time.monotonic() - start < 2: pass
print([time.process_time() - used])
"""
    assert docker_script(script, "python", cpus=0.2).run().return_value["result"][0] < 1.0


def test_a_flood_of_output_is_cut_with_a_note_and_does_not_hold_up_the_script(docker_script: ScriptFactory) -> None:
    script = """
for _ in range(200):
    print("x" * 79 + "\\n", end="")
for _ in range(2000):
    print("y" * 9999)
print('{"done": true}')
"""
    outcome = docker_script(script, "python", output_limit_bytes=100_000).run()
    assert outcome.state == "success", outcome.log[-3000:]
    assert outcome.return_value["result"] == {"done": True}
    assert len(outcome.return_value["output"]) <= 32 * 1024
    assert "The script prints more than the log takes" in outcome.log
    assert "more bytes of output are not shown" in outcome.log
    assert len(outcome.log) < 300_000


def test_secrets_reach_the_script_and_nothing_else(docker_script: ScriptFactory) -> None:
    secrets = {
        "PASSWORD": "connection:tool.password",
        "LOGIN": "connection:tool.login",
        "PORT": "connection:tool.port",
        "TOKEN": "connection:tool.extra.token",
        "KEY": "variable:api_key",
    }
    script = """
import hashlib, json, os
print(os.environ["PASSWORD"], os.environ["KEY"], os.environ["TOKEN"])
names = os.environ["NAMES"].split()
print(json.dumps({name: hashlib.sha256(os.environ[name].encode()).hexdigest()[:8] for name in names}))
raise SystemExit(os.environ.get("CODE", 0))
"""
    import hashlib

    values = {
        "PASSWORD": "swordfish-of-the-connection",
        "LOGIN": "tester",
        "PORT": "8443",
        "TOKEN": "extra-token-9",
        "KEY": "key-from-a-variable",
    }
    names = " ".join(secrets)
    well = docker_script(script, "python", secrets=secrets, environment={"NAMES": names}).run()
    assert well.return_value["result"] == {
        name: hashlib.sha256(value.encode()).hexdigest()[:8] for name, value in values.items()
    }
    failed = docker_script(script, "python", secrets=secrets, environment={"NAMES": names, "CODE": "1"}).run()
    assert failed.state == "up_for_retry"
    for outcome in (well, failed):
        assert "*** *** ***" in outcome.log
        seen = outcome.log + outcome.error + json.dumps([outcome.return_value, outcome.rendered])
        assert [name for name in ("PASSWORD", "TOKEN", "KEY") if values[name] in seen] == []


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("connection:absent.password", "no connection 'absent'"),
        ("connection:tool.schema2", "no field 'schema2'"),
        ("connection:tool.extra.absent", "no extra field 'absent'"),
        ("variable:absent", "no variable 'absent'"),
        ("swordfish", "neither connection:<id>.<field> nor variable:<key>"),
    ],
)
def test_a_missing_secret_is_a_clear_error(docker_script: ScriptFactory, reference: str, message: str) -> None:
    outcome = docker_script("true", secrets={"NEEDED": reference}).run()
    assert outcome.state == "up_for_retry"
    assert "secret NEEDED" in outcome.error
    assert message in outcome.error


def test_an_image_that_cannot_be_had_is_a_clear_error(docker_script: ScriptFactory) -> None:
    outcome = docker_script("true", image="registry.invalid/absent:1").run()
    assert outcome.state == "up_for_retry"
    assert "the image 'registry.invalid/absent:1' is not on the engine" in outcome.error


def test_a_container_that_cannot_be_started_is_a_clear_error(docker_script: ScriptFactory) -> None:
    outcome = docker_script("true", user="nobody-of-that-name").run()
    assert outcome.state == "up_for_retry"
    assert "ScriptError: The container of the script cannot be started:" in outcome.error


def test_without_an_engine_the_error_says_what_to_do(docker_script: ScriptFactory) -> None:
    outcome = docker_script("true", worker={"AIRFLOW__OPS__DOCKER_URL": "unix:///absent/docker.sock"}).run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("EngineUnavailableError: no Docker engine answers at unix:///absent/docker.sock:")
    assert "[ops] docker_url" in outcome.error


def test_a_cleared_task_runs_its_script_again(docker_script: ScriptFactory) -> None:
    script = docker_script('echo "[\\"$(cat /proc/sys/kernel/random/uuid)\\"]"')
    first, second = script.run(), script.run(is_cleared=True)
    assert first.return_value["result"] != second.return_value["result"]


def test_the_time_limit_ends_the_script_and_its_container(
    docker_script: ScriptFactory, docker_client: APIClient
) -> None:
    script = docker_script("trap '' TERM; echo started; while true; do sleep 1; done", timeout=3)
    outcome = script.run()
    assert outcome.state == "up_for_retry"
    assert outcome.error.startswith("AirflowTaskTimeout")
    assert "started" in outcome.log
    assert find_containers(docker_client, script) == []
