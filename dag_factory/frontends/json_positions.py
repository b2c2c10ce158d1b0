"""Where the values of a JSON text stand: RFC 6901 pointers to line numbers, for diagnostics only."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')


def line_of(text: str, pointer: str) -> int | None:
    """Return the 1-based line of the value at ``pointer``, or of the nearest value around it; ``None`` without one."""
    wanted = pointer
    lines: dict[str, int] = {}
    for found, line in _values(text):
        lines.setdefault(found, line)
    while wanted not in lines and wanted:
        wanted = wanted.rpartition("/")[0]
    return lines.get(wanted)


def duplicate_keys(text: str) -> list[tuple[str, int]]:
    """Return the pointer and line of every key that its object holds already."""
    seen: set[str] = set()
    found = []
    for pointer, line in _values(text):
        if pointer in seen:
            found.append((pointer, line))
        seen.add(pointer)
    return found


def _values(text: str) -> Iterator[tuple[str, int]]:
    """Yield pointer and line of each value; of a member, the line of its key. The text is valid JSON."""
    line = 1
    path: list[str | int] = []
    is_key_next = [False]
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token in "}]":
            path.pop()
            is_key_next.pop()
        elif token == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                is_key_next[-1] = True
        elif token == ":":
            is_key_next[-1] = False
        elif is_key_next[-1]:
            path[-1] = token[1:-1]
            yield _pointer(path), line
        else:
            if not path or isinstance(path[-1], int):
                yield _pointer(path), line
            if token == "{":
                path.append("")
                is_key_next.append(True)
            elif token == "[":
                path.append(0)
                is_key_next.append(False)


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
