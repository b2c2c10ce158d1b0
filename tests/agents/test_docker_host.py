"""Where the Docker engine of a connection is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.models.connection import Connection

from airflow_ops_plugin.agents.docker_host import DockerConnectionError, DockerHost

TLS = {"ca_cert": "/c/ca.pem", "client_cert": "/c/cert.pem", "client_key": "/c/key.pem"}


def _connection(host: str | None, port: int | None = None, **extra: Any) -> Connection:
    return Connection(conn_id="build1", conn_type="docker", host=host, port=port, extra=json.dumps(extra))


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("build1", None, "tcp://build1:2375"),
        ("build1", 4000, "tcp://build1:4000"),
        ("tcp://build1:2300", None, "tcp://build1:2300"),
        ("https://build1", None, "tcp://build1:2375"),
        ("unix:///run/docker.sock", None, "unix:///run/docker.sock"),
        ("/run/docker.sock", None, "unix:///run/docker.sock"),
    ],
)
def test_a_host_may_be_a_name_or_a_whole_address(host: str, port: int | None, url: str) -> None:
    assert DockerHost.of_connection(_connection(host, port)).url == url


def test_tls_files_choose_the_port_of_tls() -> None:
    found = DockerHost.of_connection(_connection("build1", **TLS))
    assert (found.url, found.client_key) == ("tcp://build1:2376", "/c/key.pem")


def test_a_part_of_the_tls_files_is_refused_and_the_rest_named() -> None:
    with pytest.raises(DockerConnectionError, match="add client_cert, client_key to its extra"):
        DockerHost.of_connection(_connection("build1", ca_cert="/c/ca.pem"))


def test_a_connection_without_a_host_is_refused() -> None:
    with pytest.raises(DockerConnectionError, match="'build1' names no host"):
        DockerHost.of_connection(_connection(None))
