"""What is said of a Docker host that cannot be asked."""

from __future__ import annotations

from typing import Any

from airflow_ops_plugin.engine.docker_ping import ping_docker_host


def test_a_host_without_its_connection_says_what_to_do(airflow_home: Any) -> None:
    assert ping_docker_host("docker_build1") == (
        "there is no Airflow connection 'docker_build1'; add it, or correct the address of the agent"
    )


def test_a_host_that_is_not_there_says_what_was_tried(airflow_home: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", '{"conn_type": "docker", "host": "unix:///nowhere/docker.sock"}')
    assert "No such file" in (ping_docker_host("nowhere") or "")
