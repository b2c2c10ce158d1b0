"""Laws of the script node's parts that need neither Airflow nor Docker."""

from __future__ import annotations

import json
import logging
from itertools import pairwise
from typing import Any

import pytest
from docker import APIClient
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from airflow_ops_plugin.scripts.container import Sandbox, split_script
from airflow_ops_plugin.scripts.errors import ScriptSettingsError
from airflow_ops_plugin.scripts.exit_code import check_exit_codes
from airflow_ops_plugin.scripts.job import ScriptJob
from airflow_ops_plugin.scripts.log_stream import LogStream
from airflow_ops_plugin.scripts.output import STDERR, STDOUT, ScriptOutput
from airflow_ops_plugin.scripts.reaper import is_expired
from airflow_ops_plugin.scripts.result import parse_result


@pytest.mark.parametrize(
    ("stdout", "result"),
    [
        ("", None),
        ("7", 7),
        ("null", None),
        ('{"a": [1]}\n', {"a": [1]}),
        ('{\n "a": 1\n}\n', {"a": 1}),
        ('noise\n{"a": 1}\n{"a": 2}\nbye\n', {"a": 2}),
        ("noise\n7\n", None),
        ('noise\n["x"]\n{broken\n', ["x"]),
        ("[" * 100_000, None),
        ('{"a": NaN}', None),
        ("x\n" + "1" * 6000, None),
    ],
)
def test_the_result_is_all_of_the_output_or_its_last_line_that_is_an_object_or_array(stdout: str, result: Any) -> None:
    assert parse_result(stdout) == result


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_whatever_json_a_script_prints_last_is_its_result(value: Any) -> None:
    assert parse_result("noise\n" + json.dumps([value])) == [value]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100_000))
def test_the_pieces_of_a_script_are_the_script_and_fit_into_arguments(script: str) -> None:
    pieces = split_script(script)
    assert "".join(pieces) == script
    assert max(len(piece.encode()) for piece in pieces) < 128 * 1024


def make_output(limit: int = 10_000, *secrets: str) -> tuple[ScriptOutput, list[str]]:
    """Return an output and the list of lines it logs."""
    lines: list[str] = []
    logger = logging.Logger("script")
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    return ScriptOutput(logger, limit_bytes=limit, secrets=secrets), lines  # type: ignore[arg-type]


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=8))
def test_however_the_output_is_cut_into_chunks_the_lines_are_the_same(data: bytes, cuts: list[int]) -> None:
    output, lines = make_output()
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        output.feed(STDOUT, data[start:end])
    output.finish()
    whole, expected = make_output()
    whole.feed(STDOUT, data)
    whole.finish()
    assert lines == expected
    assert output.stdout == data.decode(errors="replace")


def test_a_flood_on_one_stream_does_not_push_the_other_out_of_the_last_lines() -> None:
    output, _ = make_output()
    output.feed(STDERR, b"the reason\n")
    output.feed(STDOUT, b"".join(b"line %d\n" % number for number in range(100)))
    assert output.tail.splitlines() == ["the reason", *(f"line {number}" for number in range(81, 100))]


def test_secrets_of_several_lines_and_in_json_are_masked() -> None:
    key = 'first "line"\nsecond line'
    output, lines = make_output(10_000, key)
    output.feed(STDOUT, f"{key}\n{json.dumps([key])}\n".encode())
    assert lines == ["***", "***", '["***"]']
    assert parse_result(output.stdout) == ["***"]


def test_output_over_the_limit_is_counted_and_its_end_is_kept() -> None:
    output, lines = make_output(1000)
    for number in range(200_000):
        output.feed(STDOUT, b"line %d\n" % number)
    output.finish()
    assert len(lines) < 200
    assert lines[-1].endswith("more bytes of output are not shown here.")
    assert output.stdout.endswith("line 199999\n")
    assert len(output.stdout) <= 256 * 1024
    assert "\nline 199999" in output.tail


@pytest.mark.parametrize("network", ["host", "container:x", "ns:/proc/1/ns/net"])
def test_networks_that_would_leave_the_sandbox_are_refused(network: str) -> None:
    sandbox = Sandbox(user="1", network=network, memory="1m", cpus=1, pids_limit=1, tmp_size="1m")
    with pytest.raises(ScriptSettingsError):
        sandbox.network_mode  # noqa: B018 - the property raises


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"script": "a\0b"}, "NUL"),
        ({"script": "x" * (1024 * 1024 + 1)}, "at most 1048576"),
        ({"environment": {"A B": "1"}}, "cannot be the name"),
        ({"environment": {"A=B": "1"}}, "cannot be the name"),
        ({"environment": {"A": "\0"}}, "NUL"),
        ({"secrets": {"A": "x" * 130_000}}, "larger than"),
        ({"language": "perl"}, "unknown script language"),
    ],
)
def test_a_job_that_no_process_could_be_given_is_refused(options: dict[str, Any], message: str) -> None:
    job: dict[str, Any] = {"language": "sh", "script": "", "timeout_seconds": 1, "output_limit_bytes": 1, **options}
    with pytest.raises(ScriptSettingsError, match=message):
        ScriptJob(**job)


def test_exit_codes_under_two_outcomes_are_refused() -> None:
    with pytest.raises(ScriptSettingsError, match="3 is under 'skip' and under 'fail'"):
        check_exit_codes({"skip": [3], "fail": [4, 3]})


def test_containers_are_expired_a_minute_after_their_time_and_results_a_day() -> None:
    running = {"Labels": {"airflow-ops.script.timeout": "100"}, "State": "running", "Created": 1000}
    assert [is_expired(running, now) for now in (1160, 1161)] == [False, True]
    ended = {**running, "State": "exited"}
    assert [is_expired(ended, now) for now in (1161, 1100 + 86_400, 1101 + 86_400)] == [False, False, True]


def frame(stream: int, stamp: int, text: bytes) -> bytes:
    """Return a piece of log as the engine sends it."""
    payload = f"2026-01-01T00:00:00.{stamp:09d}Z ".encode() + text
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4) + payload


FRAMES = [frame(1, 1, b"a"), frame(2, 1, b"b"), frame(1, 5, b"long"), frame(1, 5, b"line"), frame(1, 5, b"end\n")]


@pytest.mark.parametrize("lost_after", range(len(FRAMES) + 1))
def test_after_a_lost_connection_each_piece_of_the_log_comes_once(httpserver: HTTPServer, lost_after: int) -> None:
    path = "/v1.41/containers/name/logs"
    httpserver.expect_ordered_request(path).respond_with_data(b"".join(FRAMES[:lost_after]))
    httpserver.expect_ordered_request(path).respond_with_data(b"".join(FRAMES))
    client = APIClient(base_url=f"tcp://{httpserver.host}:{httpserver.port}", version="1.41")
    stream = LogStream("name")
    pieces = [*stream.read(client, follow=True), *stream.read(client, follow=True)]
    assert pieces == [(1, b"a"), (2, b"b"), (1, b"long"), (1, b"line"), (1, b"end\n")]


def test_what_an_engine_reports_of_its_own_trouble_is_logged_and_no_output(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    report = b"Error grabbing logs: unexpected EOF\n"
    frames = [frame(1, 1, b"a"), bytes([3, 0, 0, 0]) + len(report).to_bytes(4) + report, frame(1, 2, b"b")]
    httpserver.expect_request("/v1.41/containers/name/logs").respond_with_data(b"".join(frames))
    client = APIClient(base_url=f"tcp://{httpserver.host}:{httpserver.port}", version="1.41")
    assert [*LogStream("name").read(client, follow=False)] == [(1, b"a"), (1, b"b")]
    assert "unexpected EOF" in caplog.text
