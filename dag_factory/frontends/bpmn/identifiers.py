"""Task-safe ids: valid, unique in a process, and the same each time the file is read."""

from __future__ import annotations

import hashlib
import re

MAX_LENGTH = 100
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


RESERVED = frozenset({"process", "result", "run_start", "run_start_at"})
"""Ids of tasks that the compiler adds."""


class IdAllocator:
    """Gives each name of one process an id that no other has."""

    def __init__(self) -> None:
        self._taken = set(RESERVED)

    def allocate(self, wanted: str) -> str:
        """Return an id for ``wanted``: the same where it is valid and free, else a readable form of it."""
        base = safe_id(wanted)
        candidate, number = base, 1
        while candidate in self._taken:
            number += 1
            candidate = f"{base[: MAX_LENGTH - 6]}_{number}"
        self._taken.add(candidate)
        return candidate


def safe_id(text: str) -> str:
    """Return ``text`` with everything replaced that a task id may not have; a cut one ends with a hash of ``text``."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    if not safe.strip("_-"):
        return f"node_{_digest(text)}" if text else "node"
    if not re.match(r"[A-Za-z0-9_]", safe):
        safe = f"_{safe}"
    return safe if len(safe) <= MAX_LENGTH else f"{safe[: MAX_LENGTH - 9]}_{_digest(text)}"


def variable_name_from(text: str) -> str:
    """Return the name of a variable that is made from the id or label ``text``."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    name = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
    return name if len(name) <= MAX_LENGTH else f"{name[: MAX_LENGTH - 9]}_{_digest(text)}"


def is_variable_name(text: str) -> bool:
    """Return whether a node may set a variable called ``text``."""
    return bool(VARIABLE_NAME.fullmatch(text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
