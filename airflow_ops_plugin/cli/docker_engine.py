"""Whether scripts can run in Docker here: an engine that answers and has, or can get, the default image."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient


class EngineUnusableError(Exception):
    """Scripts cannot run in Docker here; the message says why, in words for a person."""


def require_engine(*, url: str | None, image: str, announce: Callable[[str], None]) -> None:
    """Return when the engine at ``url`` can run ``image``, fetching the image where it is missing.

    :param url: address of the engine; ``None`` for what the ``DOCKER_*`` variables or the platform say.
    :param announce: told before something that takes long.
    :raises EngineUnusableError: no engine answers, or the image is neither there nor to be had.
    """
    import docker
    from docker.errors import DockerException, ImageNotFound
    from requests.exceptions import RequestException

    try:
        client = docker.DockerClient(base_url=url, timeout=5) if url else docker.from_env(timeout=5)
        client.ping()
    except (DockerException, RequestException) as error:
        raise EngineUnusableError(f"no Docker engine answers ({_reason(error)})") from error
    try:
        client.images.get(image)
    except ImageNotFound:
        announce(f"fetching the image {image} for script nodes, once")
        _pull(client, image)
    except (DockerException, RequestException) as error:
        raise EngineUnusableError(f"the Docker engine cannot look up {image} ({_reason(error)})") from error
    finally:
        client.close()


def _pull(client: DockerClient, image: str) -> None:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        client.images.pull(image)
    except (DockerException, RequestException) as error:
        message = f"the Docker engine answers, but the image {image} is neither there nor can be fetched"
        raise EngineUnusableError(f"{message} ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    """Return the innermost cause in one short line."""
    text = str(error.__cause__ or error.__context__ or error).splitlines()[0]
    return text if len(text) <= 120 else f"{text[:117]}..."
