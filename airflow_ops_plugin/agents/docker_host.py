"""Where the Docker engine of an agent is: the address and the TLS files that an Airflow connection holds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from airflow_ops_plugin.errors import InvalidRequestError

if TYPE_CHECKING:
    from docker import APIClient

_TLS_PORT = 2376
_PLAIN_PORT = 2375


class _Connection(Protocol):
    conn_id: str
    host: str | None
    port: int | None

    @property
    def extra_dejson(self) -> dict[str, Any]: ...


class DockerConnectionError(InvalidRequestError):
    """The connection of a Docker host cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerHost:
    """How to reach a Docker engine.

    :param url: ``tcp://host:port`` or ``unix:///path``.
    :param ca_cert: path of the certificate of the authority; ``None``, like the other two, without TLS.
    :param client_cert: path of the client's certificate.
    :param client_key: path of its key.
    :param verify: whether the engine's certificate is checked.
    """

    url: str
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    verify: bool = True

    @classmethod
    def of_connection(cls, connection: _Connection) -> DockerHost:
        """Return where the engine is that ``connection`` describes.

        Its host is a name or an address, or a whole ``tcp://`` or ``unix://`` address; its extra may hold
        ``ca_cert``, ``client_cert``, ``client_key`` (paths of files) and ``verify``.

        :raises DockerConnectionError: there is no host, or only a part of the TLS files.
        """
        extra, host = connection.extra_dejson, (connection.host or "").strip()
        if not host:
            raise DockerConnectionError(
                f"the connection {connection.conn_id!r} names no host; set its host to the engine's address, such as"
                " tcp://build1.example.org:2376 or unix:///var/run/docker.sock"
            )
        names = ("ca_cert", "client_cert", "client_key")
        files = {name: str(extra[name]) for name in names if extra.get(name)}
        if files and len(files) < len(names):
            missing = ", ".join(name for name in names if name not in files)
            raise DockerConnectionError(
                f"the connection {connection.conn_id!r} has only a part of the TLS files; add {missing} to its extra"
            )
        return cls(
            url=_url(host, connection.port, has_tls=bool(files)), verify=bool(extra.get("verify", True)), **files
        )

    @classmethod
    def of_deployment(cls, url: str) -> DockerHost:
        """Return the engine at ``url``, with the TLS files that Docker's own variables name."""
        folder = os.environ.get("DOCKER_CERT_PATH")
        if not folder or not os.environ.get("DOCKER_TLS_VERIFY"):
            return cls(url=url)
        ca_cert, client_cert, client_key = (os.path.join(folder, name) for name in ("ca.pem", "cert.pem", "key.pem"))
        return cls(url=url, ca_cert=ca_cert, client_cert=client_cert, client_key=client_key)

    def connect(self, *, timeout_seconds: float = 60.0) -> APIClient:
        """Return a client of the engine, whose version has been asked for.

        :raises docker.errors.DockerException: it does not answer.
        """
        from docker import APIClient
        from docker.tls import TLSConfig

        tls = False
        if self.client_cert and self.client_key:
            tls = TLSConfig(ca_cert=self.ca_cert, client_cert=(self.client_cert, self.client_key), verify=self.verify)
        return APIClient(base_url=self.url, tls=tls, version="auto", timeout=timeout_seconds)


def _url(host: str, port: int | None, *, has_tls: bool) -> str:
    if host.startswith("unix://") or host.startswith("/"):
        return host if host.startswith("unix://") else f"unix://{host}"
    scheme, separator, rest = host.partition("://")
    address = rest if separator else scheme
    if port is None and ":" not in address.rpartition("]")[2]:
        port = _TLS_PORT if has_tls else _PLAIN_PORT
    return f"tcp://{address}" if port is None else f"tcp://{address}:{port}"
