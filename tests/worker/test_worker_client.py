"""The task's client: patient with a server that is away, clear about one that says no."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from airflow_ops_plugin.assignment.schemas import WorkRequest
from airflow_ops_plugin.worker.client import WorkerClient
from airflow_ops_plugin.worker.errors import ApiRefusedError, ApiUnreachableError, TokenExpiredError
from airflow_ops_plugin.worker.settings import WorkerSettings, api_url

REQUEST = WorkRequest(kind="docker_host")


class Store:
    """A task state store that keeps what it is given."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def set(self, key: str, value: Any) -> None:
        """Keep a value."""
        self.values[key] = value


@pytest.fixture
def context() -> dict[str, Any]:
    """The context of a running task, as far as the client needs it."""
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1)
    return {"ti": ti, "task_state_store": Store()}


def _settings(server: HTTPServer, patience_seconds: float = 20.0) -> WorkerSettings:
    return WorkerSettings(url=server.url_for("").rstrip("/"), patience_seconds=patience_seconds)


def _gives_tokens(server: HTTPServer, context: dict[str, Any]) -> list[str]:
    """Answer each proof that fits the task's state with the next token; return the tokens given."""
    given: list[str] = []

    def answer(request: Request) -> Response:
        digest = hashlib.sha256(request.get_json()["proof"].encode()).hexdigest()
        assert context["task_state_store"].values == {"ops_proof": digest}
        given.append(f"token{len(given)}")
        return Response(
            f'{{"access_token": "{given[-1]}", "expires_in_seconds": 600}}', content_type="application/json"
        )

    server.expect_request("/worker/token", method="POST").respond_with_handler(answer)
    return given


def _item() -> dict[str, Any]:
    names = ("dag_id", "run_id", "task_id", "subject", "strategy")
    zeros = (
        "try_number",
        "effective_priority",
        "seats",
        "quorum",
        "open_seats",
        "completed",
        "age_seconds",
        "priority",
    )
    nothing = ("requester", "leased_at", "closed_at", "close_reason", "position", "reason")
    return {
        "id": "00000000-0000-0000-0000-000000000001",
        "map_index": -1,
        "kind": "docker_host",
        "skills": {},
        "state": "queued",
        "requested_at": "2026-03-02T09:00:00Z",
        "prefer_labels": [],
        "exclude": [],
        "assignments": [],
        **dict.fromkeys(names, "x"),
        **dict.fromkeys(zeros, 1),
        **dict.fromkeys(nothing, None),
    }


def test_a_task_proves_itself_and_asks_with_its_token(httpserver: HTTPServer, context: dict[str, Any]) -> None:
    _gives_tokens(httpserver, context)
    httpserver.expect_request(
        "/worker/work-items", method="POST", headers={"Authorization": "Bearer token0"}
    ).respond_with_json(_item())
    with WorkerClient.for_task(context, _settings(httpserver)) as client:
        assert client.request_agent(REQUEST).state == "queued"


def test_a_call_is_repeated_while_the_server_is_away(httpserver: HTTPServer, context: dict[str, Any]) -> None:
    _gives_tokens(httpserver, context)
    answers = [Response("", 503), Response("", 502), Response("", 503)]

    def answer(request: Request) -> Response:
        import json

        return answers.pop() if answers else Response(json.dumps(_item()), content_type="application/json")

    httpserver.expect_request("/worker/work-items").respond_with_handler(answer)
    with WorkerClient.for_task(context, _settings(httpserver)) as client:
        assert client.request_agent(REQUEST).state == "queued"
    assert answers == []


def test_a_token_that_has_run_out_is_renewed_once(httpserver: HTTPServer, context: dict[str, Any]) -> None:
    given = _gives_tokens(httpserver, context)
    httpserver.expect_request("/worker/work-items").respond_with_json({"detail": "too old"}, status=401)
    with WorkerClient.for_task(context, _settings(httpserver)) as client, pytest.raises(TokenExpiredError):
        client.request_agent(REQUEST)
    assert given == ["token0", "token1"]


def test_a_server_that_stays_away_is_named_with_what_to_check() -> None:
    settings = WorkerSettings(url="http://127.0.0.1:9/ops", patience_seconds=0.5)
    client = WorkerClient(settings, renew=None, token="t")
    with client, pytest.raises(ApiUnreachableError, match=r"http://127\.0\.0\.1:9/ops did not answer.*\[ops\] api_url"):
        client.request_agent(REQUEST)


def test_a_refusal_is_told_in_the_servers_words(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/worker/work-items").respond_with_json({"detail": "no such strategy"}, status=422)
    client = WorkerClient(_settings(httpserver), renew=None, token="t")
    with client, pytest.raises(ApiRefusedError, match="no such strategy") as refused:
        client.request_agent(REQUEST)
    assert refused.value.status_code == 422


@pytest.mark.parametrize(
    ("given", "execution_api", "url"),
    [
        ("http://api/ops/", None, "http://api/ops"),
        (None, "http://api:8080/execution/", "http://api:8080/ops"),
        (None, "http://api:8080/base/execution", "http://api:8080/base/ops"),
        (None, None, "http://ui/ops"),
    ],
)
def test_the_api_is_beside_airflows_execution_api(given: str | None, execution_api: str | None, url: str) -> None:
    assert api_url(given=given, execution_api=execution_api, base="http://ui/") == url
