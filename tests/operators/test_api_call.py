"""The api_call operator against a real HTTP server, run by Airflow."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Run = Callable[..., Any]


@pytest.fixture
def api(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """The server behind the connection ``tool``, whose password is a secret."""
    connection = {
        "conn_type": "http",
        "host": f"http://{httpserver.host}",
        "port": httpserver.port,
        "login": "robot",
        "password": "swordfish-of-the-connection",
    }
    monkeypatch.setenv("AIRFLOW_CONN_TOOL", json.dumps(connection))
    return httpserver


@pytest.fixture
def call(run_dag: Run, request: pytest.FixtureRequest) -> Run:
    """A function that runs one api_call task ``call`` with the given arguments and returns the finished run."""

    def run(conf: dict[str, Any] | None = None, retries: int = 0, **arguments: Any) -> Any:
        from airflow.sdk import DAG

        from airflow_ops_plugin.operators.api_call import ApiCallOperator
        from airflow_ops_plugin.operators.idempotent_retry import IdempotentRetryPolicy

        with DAG(_dag_id(request), schedule=None, params=conf or {}) as dag:
            ApiCallOperator(
                task_id="call",
                connection="tool",
                retries=retries,
                retry_delay=timedelta(0),
                retry_policy=IdempotentRetryPolicy(),
                **arguments,
            )
        return run_dag(dag)

    return run


@pytest.fixture
def slow_port() -> Iterator[int]:
    """A port on which connections are accepted and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _dag_id(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W", "_", request.node.name)[:200]


def _error(run: Any) -> str:
    return str(run.errors["call"][-1])


def test_a_json_answer_becomes_the_result(api: HTTPServer, call: Run) -> None:
    api.expect_request("/hosts", method="GET").respond_with_json({"hosts": ["a", "b"]}, headers={"X-Total": "2"})
    run = call(endpoint="/hosts")
    result = run.xcom("call")
    assert run.state == "success"
    assert (result["status"], result["body"]) == (200, {"hosts": ["a", "b"]})
    assert result["headers"]["x-total"] == "2"
    assert 0 <= result["elapsed_seconds"] < 60


def test_text_stays_text_and_no_body_is_null(api: HTTPServer, call: Run) -> None:
    api.expect_request("/text").respond_with_data("grüß", content_type="text/plain; charset=utf-8")
    api.expect_request("/none").respond_with_data("", status=204)
    assert call(endpoint="text").xcom("call")["body"] == "grüß"
    assert call(endpoint="none").xcom("call")["body"] is None


def test_variables_fill_address_query_headers_and_body_and_keep_their_type(api: HTTPServer, call: Run) -> None:
    api.expect_request(
        "/hosts/web1",
        method="POST",
        query_string={"force": "true", "tag": "x"},
        headers={"X-Run": "hello"},
        json={"host": "web1", "count": 3},
    ).respond_with_json({})
    run = call(
        conf={"host": "web1", "count": 3, "force": True},
        method="post",
        variables={"host": [], "count": [], "force": []},
        endpoint="/hosts/${host}",
        query={"force": "${force}", "tag": ["x"], "absent": None},
        headers={"X-Run": "hello"},
        body={"host": "${host}", "count": "${count}"},
    )
    assert run.state == "success", run.errors


def test_jinja_in_a_field_is_plain_text(api: HTTPServer, call: Run) -> None:
    api.expect_request("/x", method="POST", data="{{ dag.dag_id }}").respond_with_data("ok")
    assert call(method="POST", endpoint="/x", body="{{ dag.dag_id }}").state == "success"


def test_outputs_and_response_filter_take_parts_of_the_answer(api: HTTPServer, call: Run) -> None:
    api.expect_request("/hosts").respond_with_json({"items": [{"name": "a"}], "noise": "x" * 100})
    run = call(endpoint="/hosts", response_filter="body.items[0].name", outputs={"host": "body", "code": "status"})
    assert run.xcom("call")["body"] == "a"
    assert run.xcom("call", "variables") == {"host": "a", "code": 200}


def test_the_credentials_of_the_connection_are_sent_and_secret_headers_are_dropped(api: HTTPServer, call: Run) -> None:
    def answer(request: Request) -> Response:
        assert request.authorization is not None
        return Response(request.authorization.username, headers={"Set-Cookie": "session=1", "X-Api-Key": "k"})

    api.expect_request("/me").respond_with_handler(answer)
    result = call(endpoint="/me").xcom("call")
    assert result["body"] == "robot"
    assert not {"set-cookie", "x-api-key"} & result["headers"].keys()


@pytest.mark.parametrize(("expected", "state"), [(["2xx"], "failed"), ([404], "success"), (["4xx", 200], "success")])
def test_expected_status_decides_what_is_a_success(
    api: HTTPServer, call: Run, expected: list[int | str], state: str
) -> None:
    api.expect_request("/gone").respond_with_data("no such host", status=404)
    assert call(endpoint="/gone", expected_status=expected).state == state


def test_a_failure_shows_status_and_start_of_the_body_with_secrets_masked(api: HTTPServer, call: Run) -> None:
    body = "bad password swordfish-of-the-connection; " + "x" * 5000
    api.expect_request("/fail").respond_with_data(body, status=401)
    message = _error(call(endpoint="/fail"))
    assert "status 401 instead of 2xx: bad password ***; xxx" in message
    assert len(message) < 700


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_transient_failure_of_a_get_is_tried_again(api: HTTPServer, call: Run, status: int) -> None:
    api.expect_ordered_request("/x").respond_with_data("busy", status=status)
    api.expect_ordered_request("/x").respond_with_data("done")
    run = call(endpoint="/x", retries=1)
    assert (run.state, len(run.errors["call"])) == ("success", 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 501])
def test_an_error_that_would_come_again_fails_at_once(api: HTTPServer, call: Run, status: int) -> None:
    api.expect_request("/x").respond_with_data("no", status=status)
    assert call(endpoint="/x", retries=3).state == "failed"
    assert len(api.log) == 1


def test_a_post_is_never_sent_twice(api: HTTPServer, call: Run) -> None:
    api.expect_request("/x", method="POST").respond_with_data("busy", status=503)
    assert call(method="POST", endpoint="/x", retries=3).state == "failed"
    assert len(api.log) == 1


def test_a_post_with_an_idempotency_key_is_tried_again_with_the_same_key(api: HTTPServer, call: Run) -> None:
    api.expect_ordered_request("/x", method="POST").respond_with_data("busy", status=503)
    api.expect_ordered_request("/x", method="POST").respond_with_data("busy", status=502)
    api.expect_ordered_request("/x", method="POST").respond_with_data("done")
    assert call(method="POST", endpoint="/x", retries=3, idempotency_key=True).state == "success"
    keys = [request.headers["Idempotency-Key"] for request, _ in api.log]
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_an_own_idempotency_key_is_interpolated_and_an_empty_one_refused(api: HTTPServer, call: Run) -> None:
    api.expect_request("/x", method="POST", headers={"Idempotency-Key": "order-7"}).respond_with_data("done")
    arguments = {"method": "POST", "endpoint": "/x", "idempotency_key": "${key}", "variables": {"key": []}}
    assert call(conf={"key": "order-7"}, **arguments).state == "success"
    assert "idempotency key is empty" in _error(call(conf={"key": ""}, **arguments))
    assert len(api.log) == 1


def test_retry_after_is_the_time_of_the_next_attempt(api: HTTPServer, call: Run) -> None:
    api.expect_ordered_request("/x").respond_with_data("busy", status=429, headers={"Retry-After": "3"})
    api.expect_ordered_request("/x").respond_with_data("done")
    started_at = time.monotonic()
    assert call(endpoint="/x", retries=1).state == "success"
    assert time.monotonic() - started_at >= 3


def test_retry_after_is_read_as_seconds_or_date_and_capped() -> None:
    from airflow_ops_plugin.operators.api_response import retry_after_seconds

    now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    cases = {
        "120": 120,
        "0": 0,
        "999999999999999999999": 3600,
        "Tue, 01 Jan 2030 12:00:30 GMT": 30,
        "Tue, 01 Jan 2030 11:00:00 GMT": 0,
        "Wed, 02 Jan 2030 12:00:00 GMT": 3600,
        "soon": None,
        "-5": None,
        "": None,
    }
    assert {text: retry_after_seconds({"Retry-After": text}, now) for text in cases} == cases


def test_a_refused_connection_is_tried_again_for_a_get_and_not_for_a_post(
    call: Run, api: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("AIRFLOW_CONN_TOOL", f"http://127.0.0.1:{port}")
    assert len(call(endpoint="/x", retries=1).errors["call"]) == 2
    failed = call(method="POST", endpoint="/x", retries=1)
    assert len(failed.errors["call"]) == 1
    assert "no answer" in _error(failed)


def test_a_server_that_does_not_answer_is_given_up_after_the_timeout(
    call: Run, api: HTTPServer, slow_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TOOL", f"http://127.0.0.1:{slow_port}")
    started_at = time.monotonic()
    assert "no answer" in _error(call(endpoint="/x", timeout_seconds=1))
    assert time.monotonic() - started_at < 20


def test_an_answer_that_trickles_in_is_given_up_after_the_timeout(api: HTTPServer, call: Run) -> None:
    stop = threading.Event()

    def trickle() -> Iterator[bytes]:
        for _ in range(600):
            if stop.wait(0.1):
                return
            yield b"x" * 70_000

    api.expect_request("/slow").respond_with_handler(lambda _: Response(trickle()))
    started_at = time.monotonic()
    message = _error(call(endpoint="/slow", timeout_seconds=1))
    stop.set()
    assert "not complete in time" in message
    assert time.monotonic() - started_at < 20


@pytest.mark.parametrize(("recorded", "state", "requests"), [(1, "failed", 0), (0, "success", 1)])
def test_a_post_whose_worker_died_is_not_sent_again_until_somebody_clears_the_task(
    api: HTTPServer, run_dag: Run, recorded: int, state: str, requests: int
) -> None:
    """The task state is what a killed worker leaves behind; clearing a task raises its ``max_tries``."""
    from airflow.sdk import DAG, Context

    from airflow_ops_plugin.operators.api_call import _SENT_KEY, ApiCallOperator

    class AfterDeath(ApiCallOperator):
        def execute(self, context: Context) -> dict[str, Any]:
            context["task_state_store"].set(_SENT_KEY, recorded)
            return super().execute(context)

    api.expect_request("/x", method="POST").respond_with_data("done")
    with DAG(f"after_death_{recorded}", schedule=None) as dag:
        AfterDeath(task_id="call", connection="tool", method="POST", endpoint="/x", retries=1)
    run = run_dag(dag)
    assert (run.state, len(api.log)) == (state, requests)
    if requests == 0:
        assert "an earlier attempt may have sent this request" in _error(run)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "HTTPS://evil.example/",
        "//evil.example/x",
        "/\\evil.example/x",
        "/a/../../admin",
        "/a/%2e%2e/admin",
        "http://tool.example:81/x",
        "http://tool.example@evil.example/x",
        "ftp://tool.example/x",
        "file:///etc/passwd",
        "http://tool.example/other",
        "http://tool.example/apiary",
    ],
)
def test_no_endpoint_leads_away_from_the_base_address(endpoint: str) -> None:
    from airflow_ops_plugin.operators.api_address import path_below
    from airflow_ops_plugin.operators.errors import ArgumentValueError

    with pytest.raises(ArgumentValueError):
        path_below("http://tool.example/api", endpoint)


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("", ""),
        ("hosts", "hosts"),
        ("/hosts?x=..", "/hosts?x=.."),
        ("http://tool.example/api/hosts", "/hosts"),
        ("http://TOOL.example:80/api?x=1", "?x=1"),
        ("@evil.example", "@evil.example"),
        (":8080/x", ":8080/x"),
    ],
)
def test_paths_and_whole_addresses_below_the_base_are_taken(endpoint: str, path: str) -> None:
    from airflow_ops_plugin.operators.api_address import path_below

    assert path_below("http://tool.example/api", endpoint) == path


def test_an_endpoint_on_another_host_is_refused_before_anything_is_sent(api: HTTPServer, call: Run) -> None:
    run = call(endpoint="http://localhost:1/x", retries=3)
    assert len(run.errors["call"]) == 1
    assert "another address than the connection's" in _error(run)


def test_an_endpoint_that_looks_like_a_host_stays_a_path(api: HTTPServer, call: Run) -> None:
    api.expect_request("/@evil.example/x").respond_with_data("still here")
    assert call(endpoint="@evil.example/x").xcom("call")["body"] == "still here"


def test_redirects_are_followed_on_the_same_host_only(api: HTTPServer, call: Run) -> None:
    api.expect_request("/old").respond_with_data("", status=302, headers={"Location": "/new"})
    api.expect_request("/new").respond_with_data("found")
    api.expect_request("/away").respond_with_data("", status=302, headers={"Location": "http://127.0.0.2:9/x"})
    assert call(endpoint="/old").xcom("call")["body"] == "found"
    assert call(endpoint="/old", allow_redirects=False, expected_status=[302]).state == "success"
    assert "redirects to another host" in _error(call(endpoint="/away", retries=2))


def test_an_answer_too_large_to_keep_is_an_error_that_names_size_and_remedy(api: HTTPServer, call: Run) -> None:
    api.expect_request("/big").respond_with_json({"rows": ["x" * 1000] * 1100, "count": 1100})
    message = _error(call(endpoint="/big"))
    assert re.search(r"the result has 1,1\d\d,\d\d\d bytes", message)
    assert "response_filter" in message
    assert call(endpoint="/big", response_filter="body.count").xcom("call")["body"] == 1100


@pytest.mark.parametrize("body", ["not json", '{"a": NaN}', "[" * 100_000])
def test_an_answer_that_only_claims_to_be_json_is_a_clear_error(api: HTTPServer, call: Run, body: str) -> None:
    api.expect_request("/x").respond_with_data(body, content_type="application/json")
    assert "says it is JSON but is not" in _error(call(endpoint="/x"))


def test_a_connection_of_another_type_is_a_clear_error(
    api: HTTPServer, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TOOL", "postgres://localhost/x")
    assert "the connection 'tool' is not an HTTP connection" in _error(call(endpoint="/x"))


def test_head_sends_its_query_and_get_may_send_a_json_body(api: HTTPServer, call: Run) -> None:
    api.expect_request("/x", method="HEAD", query_string={"q": "1"}).respond_with_data("")
    api.expect_request("/search", method="GET", query_string={"q": "1"}, json={"a": 1}).respond_with_json({})
    assert call(method="HEAD", endpoint="/x", query={"q": 1}).state == "success"
    assert call(method="GET", endpoint="/search", query={"q": 1}, body={"a": 1}).state == "success"
    assert "cannot have this body" in _error(call(method="HEAD", endpoint="/x", body={"a": 1}))


def test_a_mapped_call_is_made_once_for_each_item_with_a_key_of_its_own(api: HTTPServer, run_dag: Run) -> None:
    from airflow.sdk import DAG

    from airflow_ops_plugin.operators.api_call import ApiCallOperator

    def answer(request: Request) -> Response:
        return Response(json.dumps({"seen": request.json["name"]}), content_type="application/json")  # type: ignore[index]

    api.expect_request("/hosts", method="POST").respond_with_handler(answer)
    with DAG("mapped_call", schedule=None, params={"zone": "eu"}) as dag:
        ApiCallOperator.partial(
            task_id="call",
            connection="tool",
            method="POST",
            endpoint="/hosts",
            body={"name": "${host.name}", "zone": "${zone}"},
            idempotency_key=True,
            outputs={"seen": "body.seen"},
            variables={"zone": []},
            item_variable="host",
        ).expand(item=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    run = run_dag(dag)
    assert run.state == "success", run.errors
    assert [run.xcom("call", "variables", index) for index in range(3)] == [{"seen": "a"}, {"seen": "b"}, {"seen": "c"}]
    assert len({request.headers["Idempotency-Key"] for request, _ in api.log}) == 3


def test_the_retry_policy_survives_in_a_serialized_dag() -> None:
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    from airflow_ops_plugin.operators.api_call import ApiCallOperator
    from airflow_ops_plugin.operators.idempotent_retry import IdempotentRetryPolicy

    with DAG("serialized", schedule=None) as dag:
        ApiCallOperator(task_id="call", connection="tool", retry_policy=IdempotentRetryPolicy())
    data = DagSerialization.to_dict(dag)
    assert data == DagSerialization.to_dict(dag)
    assert DagSerialization.from_dict(data).get_task("call").has_retry_policy


def test_a_status_that_is_none_is_refused_when_the_dag_is_built() -> None:
    from airflow_ops_plugin.operators.api_call import ApiCallOperator

    with pytest.raises(ValueError, match="neither a status code nor a class"):
        ApiCallOperator(task_id="call", expected_status=["ok"])
