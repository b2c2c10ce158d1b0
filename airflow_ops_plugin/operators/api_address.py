"""Where an API call may go: below the base address of its connection, and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from airflow_ops_plugin.operators.errors import ArgumentValueError

DEFAULT_PORTS = {"http": 80, "https": 443}

_ABSOLUTE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


def path_below(base_url: str, endpoint: str) -> str:
    """Return ``endpoint`` as a path that, joined to ``base_url``, stays on its host.

    :param base_url: the connection's address, ``scheme://host[:port][/path]``.
    :param endpoint: a path with or without a leading slash, or a whole address on the same host.
    :raises ArgumentValueError: it leads to another host or climbs out of the base path; nothing was sent.
    """
    if not urlsplit(base_url).hostname:
        raise ArgumentValueError(
            "the connection names no host; enter one, an API call never takes it from the endpoint"
        )
    if endpoint.startswith("//") or "\\" in endpoint:
        raise ArgumentValueError(f"the endpoint {endpoint!r} is not a path; write it with one slash in front")
    if _ABSOLUTE.match(endpoint):
        endpoint = _relative(base_url, endpoint)
    if ".." in unquote(re.split(r"[?#]", endpoint)[0]).split("/"):
        raise ArgumentValueError(f"the endpoint {endpoint!r} has a part '..'; write the path without it")
    return endpoint


def is_same_host(base_url: str, url: str) -> bool:
    """Return whether ``url`` has the origin of ``base_url``, or its host after an upgrade from http to https."""
    base, other = urlsplit(base_url), urlsplit(url)
    if _origin(base) == _origin(other):
        return True
    is_upgrade = (base.scheme, other.scheme) == ("http", "https") and _port(base) == 80 and _port(other) == 443
    return is_upgrade and base.hostname == other.hostname


def _relative(base_url: str, url: str) -> str:
    if _origin(urlsplit(url)) != _origin(urlsplit(base_url)):
        host = urlsplit(url).hostname
        raise ArgumentValueError(
            f"the endpoint leads to {host!r}, another address than the connection's; "
            "write a path, and make a connection for each host"
        )
    base_path = urlsplit(base_url).path.rstrip("/")
    rest = "/" + url.split("://", 1)[1].partition("/")[2]
    if base_path and rest != base_path and not rest.startswith((base_path + "/", base_path + "?")):
        raise ArgumentValueError(f"the endpoint {url!r} is not below the connection's base address")
    return rest.removeprefix(base_path)


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme.lower(), parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
