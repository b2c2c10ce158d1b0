"""The image a script runs in: pulled where it is missing, and with requirements built once for each set of them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.errors import ImageUnavailableError, ScriptSettingsError

if TYPE_CHECKING:
    from airflow.sdk.types import Logger

    from airflow_ops_plugin.scripts.engine import Engine
    from airflow_ops_plugin.scripts.settings import ScriptSettings

REPOSITORY = "airflow-ops/script"
"""Images with requirements are called ``airflow-ops/script:<hash of the image's id and the requirements>``."""

PACKAGES_FOLDER = "/opt/airflow-ops/packages"

_RECIPE = "1"
"""Part of the hash; another value when the Dockerfile below changes."""


def ensure_image(
    engine: Engine, image: str, requirements: Sequence[str], *, settings: ScriptSettings, log: Logger
) -> str:
    """Return an image on ``engine`` that is ``image`` with the Python packages of ``requirements``.

    :raises ImageUnavailableError: it cannot be pulled, or the packages cannot be installed.
    :raises ScriptSettingsError: a requirement is not a plain one (name, extras, versions, markers).
    """
    image_id = _ensure_pulled(engine, image, log)
    if not requirements:
        return image
    check_requirements(requirements)
    tag = name_image(image_id, requirements)
    with _lock(tag):
        if _find_image(engine, tag) is None:
            _build(engine, image, requirements, tag=tag, settings=settings, log=log)
    return tag


def name_image(image_id: str, requirements: Sequence[str]) -> str:
    """Return the tag of the image with ``requirements`` on top of ``image_id``; their order does not matter."""
    content = json.dumps([_RECIPE, image_id, sorted(requirements)])
    return f"{REPOSITORY}:{hashlib.sha256(content.encode()).hexdigest()[:24]}"


def check_requirements(requirements: Iterable[str]) -> None:
    """Check that each requirement is only a package's name, extras, versions and markers.

    Options of pip, addresses and paths are refused: they would fetch from elsewhere or read the build's files.

    :raises ScriptSettingsError: one is something else.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise ScriptSettingsError(f"requirement {text!r} is not valid: {error}") from error
        if requirement.url:
            raise ScriptSettingsError(f"requirement {text!r} names an address; only packages of the index are possible")


def _ensure_pulled(engine: Engine, image: str, log: Logger) -> str:
    found = _find_image(engine, image)
    if found is None:
        _pull(engine, image, log)
        found = _find_image(engine, image)
    if found is None:
        raise ImageUnavailableError(f"the image {image!r} was pulled, and still is not on the engine at {engine.url}")
    return str(found["Id"])


def _find_image(engine: Engine, image: str) -> dict[str, Any] | None:
    from docker.errors import ImageNotFound, NotFound

    try:
        found: dict[str, Any] = engine.call(lambda client: client.inspect_image(image))
    except (ImageNotFound, NotFound):
        return None
    return found


def _pull(engine: Engine, image: str, log: Logger) -> None:
    from docker.errors import APIError
    from requests.exceptions import RequestException

    log.info("::group::Pulling the image %s", image)
    # Without a tag Docker's client would pull every tag there is.
    name = image if "@" in image or ":" in image.rpartition("/")[2] else f"{image}:latest"
    try:
        _follow(engine.client.pull(name, stream=True, decode=True), log)
    except (APIError, RequestException, ImageUnavailableError) as error:
        raise ImageUnavailableError(
            f"the image {image!r} is not on the engine at {engine.url} and cannot be pulled: {error}. Check its name, "
            "and for a private registry set [ops] docker_conn_id to a connection with its log-in."
        ) from error
    finally:
        log.info("::endgroup::")


def _build(
    engine: Engine, image: str, requirements: Sequence[str], *, tag: str, settings: ScriptSettings, log: Logger
) -> None:
    from docker.errors import APIError
    from requests.exceptions import RequestException

    log.info("::group::Installing requirements into the image %s", tag)
    try:
        _follow(
            engine.client.build(
                fileobj=BytesIO(_write_dockerfile(image, requirements).encode()),
                tag=tag,
                rm=True,
                forcerm=True,
                decode=True,
                network_mode=settings.build_network or None,
                buildargs={"PIP_INDEX_URL": settings.pip_index_url} if settings.pip_index_url else None,
            ),
            log,
        )
    except (APIError, RequestException, ImageUnavailableError) as error:
        raise ImageUnavailableError(
            f"the requirements {', '.join(requirements)} cannot be installed into the image {image!r}: {error}"
        ) from error
    finally:
        log.info("::endgroup::")


def _write_dockerfile(image: str, requirements: Sequence[str]) -> str:
    """Return the recipe. Only wheels: a source package would run its author's code in the build, with network."""
    options = ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
    command = ["python3", "-m", "pip", "install", *options, "--target", PACKAGES_FOLDER, *sorted(requirements)]
    return "\n".join(
        (
            f"FROM {image}",
            "USER root",
            "ARG PIP_INDEX_URL",
            f"RUN {json.dumps(command)}",
            f"ENV PYTHONPATH={PACKAGES_FOLDER} PATH={PACKAGES_FOLDER}/bin:$PATH",
            'LABEL airflow-ops.requirements="yes"',
        )
    )


def _follow(messages: Iterable[Any], log: Logger) -> None:
    """Log the engine's ``messages``, without the many about progress.

    :raises ImageUnavailableError: one of them reports an error.
    """
    last_lines: deque[str] = deque(maxlen=10)
    for message in messages:
        if not isinstance(message, dict):
            continue
        if error := message.get("error"):
            raise ImageUnavailableError("\n".join((*last_lines, str(error))))
        line = str(message.get("stream") or "").rstrip()
        if not line and message.get("status") and not message.get("progressDetail"):
            line = " ".join(str(message[key]) for key in ("id", "status") if message.get(key))
        if line:
            last_lines.append(line)
            log.info("%s", line)


@contextmanager
def _lock(tag: str) -> Iterator[None]:
    """Let one task of this machine build ``tag`` at a time; two machines only do the work twice, to the same end."""
    name = hashlib.sha256(tag.encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"airflow-ops-image-{name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
