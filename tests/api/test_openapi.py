"""The committed OpenAPI document, from which clients are generated, and the rights of every route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

COMMITTED = Path(__file__).parents[2] / "docs" / "schema" / "ops-api.json"


def test_the_committed_document_is_that_of_the_app() -> None:
    from airflow_ops_plugin.api.openapi import document

    assert COMMITTED.read_text() == document(), "run make schema"


def test_no_route_answers_without_credentials(client: Any, ops_app: Any) -> None:
    for path, methods in ops_app.openapi()["paths"].items():
        for method in methods:
            if path in ("/worker/token", "/v1/health"):
                continue
            filled = path.replace("{item_id}", "00000000-0000-0000-0000-000000000000")
            answer = client.request(method, filled.replace("{", "").replace("}", ""), json={})
            assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"


def test_every_operation_has_an_id_of_its_own(ops_app: Any) -> None:
    ids = [one["operationId"] for methods in ops_app.openapi()["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))
