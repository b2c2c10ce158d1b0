"""DockerHost: where a Docker engine is and how to connect to it, from the settings or from an Airflow connection."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.errors import ScriptSettingsError

if TYPE_CHECKING:
    from docker import APIClient
    from docker.tls import TLSConfig

DEFAULT_PORT = 2375
DEFAULT_TLS_PORT = 2376
_SCHEMES = ("tcp", "http", "https", "unix", "ssh", "npipe")


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerHost:
    """A Docker engine's address.

    :param url: as Docker writes it: ``unix:///run/docker.sock``, ``tcp://host:2376``.
    :param ca_cert: path of the certificate that signed the engine's; so are ``client_cert`` and ``client_key``.
    :param connection: id of the Airflow connection that it comes from, ``None`` for the deployment's own engine.
    """

    url: str
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    connection: str | None = None

    @classmethod
    def of_deployment(cls, url: str) -> DockerHost:
        """Return the engine at ``url`` with the certificates that Docker's own variables name."""
        folder = os.environ.get("DOCKER_CERT_PATH")
        if not folder or not os.environ.get("DOCKER_TLS_VERIFY"):
            return cls(url=url)
        files = [os.path.join(folder, name) for name in ("ca.pem", "cert.pem", "key.pem")]
        return cls(url=url, ca_cert=files[0], client_cert=files[1], client_key=files[2])

    @classmethod
    def of_connection(cls, connection: Any) -> DockerHost:
        """Return the engine that an Airflow connection describes.

        Its host is a name, or a whole address such as ``unix:///run/docker.sock``; the extras ``tls_ca_cert``,
        ``tls_client_cert`` and ``tls_client_key`` are paths on the machine that connects.

        :raises ScriptSettingsError: it has no host, or only a part of the certificates.
        """
        extra = connection.extra_dejson
        files = {name: extra.get(f"tls_{name}") or None for name in ("ca_cert", "client_cert", "client_key")}
        has_tls = any(files.values())
        host = (connection.host or "").strip()
        if not host:
            raise ScriptSettingsError(
                f"the connection {connection.conn_id!r} has no host; write the Docker engine's, such as docker1.lan or "
                "unix:///run/docker.sock"
            )
        if has_tls and not all(files.values()):
            missing = ", ".join(f"tls_{name}" for name, path in files.items() if not path)
            raise ScriptSettingsError(f"the connection {connection.conn_id!r} lacks {missing} in its extras")
        if host.partition("://")[0] not in _SCHEMES:
            host = f"tcp://{host}"
        if host.startswith(("tcp:", "http:", "https:")) and not host.rpartition(":")[2].isdigit():
            host = f"{host}:{connection.port or (DEFAULT_TLS_PORT if has_tls else DEFAULT_PORT)}"
        return cls(url=host, connection=connection.conn_id, **files)

    @property
    def tls(self) -> TLSConfig | None:
        """The certificates as Docker's client takes them, ``None`` for none."""
        if self.client_cert is None or self.client_key is None:
            return None
        from docker.tls import TLSConfig

        return TLSConfig(ca_cert=self.ca_cert, client_cert=(self.client_cert, self.client_key), verify=True)

    def connect(self, *, timeout_seconds: float = 60.0) -> APIClient:
        """Return a new client that has no log-in to any registry.

        :raises docker.errors.DockerException: it does not answer.
        """
        from docker import APIClient

        client = APIClient(base_url=self.url, tls=self.tls or False, timeout=timeout_seconds)
        client.ping()
        return client
