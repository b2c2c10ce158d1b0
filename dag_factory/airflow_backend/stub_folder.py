"""Brings a folder of generated files to a wanted state, touching only what differs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dag_factory.airflow_backend.template_store import write_atomically


def sync_folder(folder: Path, wanted: Mapping[str, str]) -> list[Path]:
    """Make ``folder`` hold the files ``wanted`` (path with ``/`` -> text) and nothing else.

    :return: the files that existed and got another text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _delete_others(folder, set(wanted))
    rewritten = []
    for name, text in wanted.items():
        path = folder / name
        content = text.encode()
        known = _read(path)
        if known == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        if known is not None:
            rewritten.append(path)
    return rewritten


def _delete_others(folder: Path, names: set[str]) -> None:
    """Delete the files that are not in ``names`` first: a folder may have to take the place of a file."""
    for place, folders, files in os.walk(folder, topdown=False):
        for file in files:
            path = Path(place, file)
            if path.relative_to(folder).as_posix() not in names:
                path.unlink(missing_ok=True)
        for child in folders:
            path = Path(place, child)
            if path.is_symlink():
                path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
