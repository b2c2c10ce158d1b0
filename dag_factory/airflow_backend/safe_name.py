"""Names that people gave their files, made safe as parts of paths that Airflow logs, stores and imports."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

LONGEST_NAME_BYTES = 120
"""Of one part of a path; Airflow adds ``.log`` to it, and file systems end at 255."""

_SAFE_NAME = re.compile(r"\w[\w .,@+=()-]*")


def make_safe_name(name: str) -> str:
    """Return ``name``, or where it is unsafe or too long something readable with a hash and the same suffix.

    Different names always give different results.
    """
    is_safe = _SAFE_NAME.fullmatch(name) and not name.endswith((".py", " ")) and name != "__pycache__"
    if is_safe and len(name.encode()) <= LONGEST_NAME_BYTES:
        return name
    path = PurePosixPath(name)
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", path.stem)[:60].strip("_") or "template"
    suffix = path.suffix if re.fullmatch(r"\.[A-Za-z]{1,8}", path.suffix) and path.suffix != ".py" else ""
    return f"{readable}-{make_short_hash(name)}{suffix}"


def make_short_hash(text: str) -> str:
    """Return 16 hexadecimal digits that stand for ``text``."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
