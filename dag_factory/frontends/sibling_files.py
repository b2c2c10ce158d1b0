"""Script files beside a template: read safely, never from anywhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from dag_factory.errors import DagFactoryError

MAX_BYTES = 1_048_576


class SiblingFileError(DagFactoryError):
    """A file that a template names cannot be used; the message says why and what to do."""


def read_sibling(folder: Path | None, name: str) -> tuple[str, str]:
    """Return the text of the file ``name`` in ``folder`` or below it, and its SHA-256.

    :param folder: the folder of the template; ``None`` where the template has no folder (a store).
    :raises SiblingFileError: it is missing, too large, not UTF-8, or not below ``folder``, also by a symbolic link.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise SiblingFileError(f"{name!r} leaves the template's folder; put the file beside the template")
    if folder is None:
        raise SiblingFileError(f"{name!r} cannot be read: this template is not in a folder; put the text into it")
    root = folder.resolve()
    try:
        target = (root / path).resolve(strict=True)
    except (OSError, RuntimeError):
        raise SiblingFileError(f"{name!r} does not exist; put the file beside the template") from None
    if not target.is_relative_to(root):
        raise SiblingFileError(f"{name!r} links to a place outside the template's folder; copy the file there")
    if not target.is_file():
        raise SiblingFileError(f"{name!r} is not a file; name one beside the template")
    if target.stat().st_size > MAX_BYTES:
        raise SiblingFileError(f"{name!r} is larger than {MAX_BYTES} bytes; build it into an image")
    content = target.read_bytes()
    try:
        return content.decode("utf-8"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError:
        raise SiblingFileError(f"{name!r} is not UTF-8 text; save it as UTF-8") from None
