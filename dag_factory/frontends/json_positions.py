"""Where the values of a JSON text stand: RFC 6901 pointers to line numbers, for diagnostics only."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')


def lines_of(text: str, pointers: Collection[str]) -> dict[str, int]:
    """Return for each of ``pointers`` the 1-based line of its value, or of the nearest value around it.

    :param text: valid JSON; read once, whatever the number of pointers.
    """
    wanted = {above for pointer in pointers for above in _and_above(pointer)}
    lines: dict[str, int] = {}
    for found, line in _values(text):
        if found in wanted:
            lines.setdefault(found, line)
    return {pointer: next((lines[above] for above in _and_above(pointer) if above in lines), 1) for pointer in pointers}


def write_pointer(path: Iterable[str | int]) -> str:
    """Return the RFC 6901 pointer of the value to which the keys and indices of ``path`` lead."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def duplicate_keys(text: str) -> Iterator[tuple[str, int]]:
    """Yield the pointer and line of every key that its object holds already."""
    seen: set[str] = set()
    for pointer, line in _values(text):
        if pointer in seen:
            yield pointer, line
        seen.add(pointer)


def _values(text: str) -> Iterator[tuple[str, int]]:
    """Yield pointer and line of each value; of a member, the line of its key. The text is valid JSON."""
    line = 1
    above: list[str] = []  # pointer of each open object and array
    path: list[str | int] = []  # the key or index that is next in each of them
    is_key_next = [False]
    pointer = ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token in "}]":
            path.pop()
            above.pop()
            is_key_next.pop()
        elif token == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                is_key_next[-1] = True
        elif token == ":":
            is_key_next[-1] = False
        elif is_key_next[-1]:
            path[-1] = json.loads(token) if "\\" in token else token[1:-1]
            pointer = above[-1] + write_pointer(path[-1:])
            yield pointer, line
        else:
            if not path or isinstance(path[-1], int):
                pointer = above[-1] + write_pointer(path[-1:]) if path else ""
                yield pointer, line
            if token in "{[":
                above.append(pointer)
                path.append("" if token == "{" else 0)
                is_key_next.append(token == "{")


def _and_above(pointer: str) -> Iterator[str]:
    """Yield ``pointer`` and the pointers of the values around it, innermost first."""
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer
