"""Lists of names as vendors write them: separated by commas, which may also stand inside expressions."""

from __future__ import annotations

import json
import re

_ITEM = re.compile(r"(?:[$#]\{[^}]*\}|[^,])+")


def split_names(text: str) -> list[str]:
    """Return the names in ``text``; a comma inside ``${...}`` separates nothing."""
    return [item.strip() for item in _ITEM.findall(text) if item.strip()]


def feel_list(text: str) -> list[str] | None:
    """Return the strings of a FEEL list of plain strings, ``None`` for any other text."""
    body = text.strip().removeprefix("=").strip()
    if not body.startswith("["):
        return None
    try:
        items = json.loads(body)
    except ValueError:
        return None
    return items if all(isinstance(item, str) for item in items) else None
