"""Lists the templates of a folder, safely: whatever its files are called, linked to, or being written right now."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dag_factory.compiler import TEMPLATE_SUFFIXES, TemplateSource
from dag_factory.errors import DagFactoryError

LARGEST_READ_BYTES = 64 * 1024 * 1024
"""A larger file is not even read. The compiler has a much lower limit of its own."""

SETTLED_AFTER_NS = 2_000_000_000
"""Age from which a file's times tell whether it has changed since: file systems keep them in steps of up to 2 s."""


class TemplatesFolderError(DagFactoryError):
    """The folder of templates, or one file in it, cannot be read."""


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """A template that exists; its content is not read yet.

    :param name: name in messages and in the manifest: unique, ``/`` between folders, printable as UTF-8.
    :param fingerprint: changes whenever the content does; ``None`` where that cannot be told without reading it.
    :param read: reads the content; raises ``TemplatesFolderError`` or ``OSError``.
    """

    name: str
    fingerprint: str | None
    read: Callable[[], TemplateSource]


def list_templates(folder: Path) -> list[ListedTemplate]:
    """Return the templates in ``folder`` and the folders below it, by name.

    Left out are hidden and temporary files, editors' copies, and links that lead out of ``folder``; links to folders
    are not followed.

    :raises TemplatesFolderError: ``folder`` does not exist or cannot be listed.
    """
    root = Path(os.path.realpath(folder))
    now_ns = time.time_ns()
    try:
        found = sorted(_walk(root, PurePosixPath(), now_ns), key=lambda listed: listed.name)
    except OSError as error:
        raise TemplatesFolderError(f"cannot list the templates folder {folder}: {error.strerror}") from error
    return found


def compute_fingerprint(path: Path, now_ns: int) -> str | None:
    """Return what changes whenever the content of ``path`` does, from its inode alone.

    :param now_ns: an instant before the content is read, in nanoseconds since 1970.
    :return: ``None`` when the file is so new that a later change might not show.
    :raises OSError: it cannot be looked at.
    """
    return _fingerprint_of(path.stat(), now_ns)


def _walk(root: Path, below: PurePosixPath, now_ns: int) -> Iterator[ListedTemplate]:
    with os.scandir(root / below) as entries:
        found = list(entries)
    for entry in found:
        relative = below / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk_folder(root, relative, now_ns)
        elif _is_template_name(entry.name):
            listed = _list_file(root, relative, entry.is_symlink(), now_ns)
            if listed is not None:
                yield listed


def _walk_folder(root: Path, relative: PurePosixPath, now_ns: int) -> Iterator[ListedTemplate]:
    """Yield what is in a folder below the root; one that cannot be listed becomes a template that cannot be read."""
    try:
        yield from list(_walk(root, relative, now_ns))
    except OSError as error:
        reason = TemplatesFolderError(f"the folder cannot be listed: {error.strerror}")

        def refuse() -> TemplateSource:
            raise reason

        yield ListedTemplate(_printable(relative), None, refuse)


def _is_template_name(name: str) -> bool:
    return name.lower().endswith(tuple(TEMPLATE_SUFFIXES)) and not name.startswith(("~", "#"))


def _list_file(root: Path, relative: PurePosixPath, is_link: bool, now_ns: int) -> ListedTemplate | None:
    path = root / relative
    if is_link and not Path(os.path.realpath(path)).is_relative_to(root):
        return None
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    name = _printable(relative)
    return ListedTemplate(name, _fingerprint_of(found, now_ns), lambda: _read(path, name))


def _read(path: Path, name: str) -> TemplateSource:
    # Without O_NONBLOCK a pipe that took the file's place since it was listed would block for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise TemplatesFolderError("it is no ordinary file")
        if found.st_size > LARGEST_READ_BYTES:
            raise TemplatesFolderError(f"it has {found.st_size} bytes, more than {LARGEST_READ_BYTES}")
        return TemplateSource(name=name, content=file.read(LARGEST_READ_BYTES), folder=path.parent)


def _fingerprint_of(found: os.stat_result, now_ns: int) -> str | None:
    if max(found.st_mtime_ns, found.st_ctime_ns) > now_ns - SETTLED_AFTER_NS:
        return None
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


def _printable(relative: PurePosixPath) -> str:
    """Return the path as text that every database takes; a name that is no UTF-8 is marked by its hash."""
    text = str(relative)
    if _is_utf8(text):
        return text
    digest = hashlib.sha256(os.fsencode(text)).hexdigest()[:8]
    readable = os.fsencode(text).decode("utf-8", "backslashreplace")
    path = PurePosixPath(readable)
    return str(path.with_name(f"{path.stem}~{digest}{path.suffix}"))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
