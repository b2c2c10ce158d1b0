"""ScriptOutput: takes a script's output as it comes, logs it line by line, and keeps what the result needs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow_ops_plugin.scripts.secret import find_needles, redact

if TYPE_CHECKING:
    from airflow.sdk.types import Logger

STDOUT = 1
STDERR = 2

TAIL_LINES = 20
"""Half of them for each stream, and what one leaves free for the other: a flood must not push the error away."""

TAIL_LINE_CHARACTERS = 500
LOGGED_LINES_LIMIT = 50_000
"""A flood of short lines costs the log far more than its bytes say."""

_LONGEST_LINE_BYTES = 64 * 1024
_KEPT_AFTER_CUT_BYTES = 256 * 1024


class ScriptOutput:
    """The output of one run of a script.

    It takes any amount: what is over the limit is counted, not kept, so the script is never held up.

    :param log: gets each line at level info.
    :param limit_bytes: how much standard output is kept, and how much output is logged.
    :param secrets: values that are masked in all that this object gives away.
    """

    def __init__(self, log: Logger, *, limit_bytes: int, secrets: Iterable[str] = ()) -> None:
        self._log = log
        self._limit_bytes = limit_bytes
        self._needles = find_needles(secrets)
        self._stdout = bytearray()
        self._is_cut = False
        self._pending = {STDOUT: bytearray(), STDERR: bytearray()}
        self._tails: dict[int, deque[tuple[int, str]]] = {
            stream: deque(maxlen=TAIL_LINES) for stream in (STDOUT, STDERR)
        }
        self._line_count = 0
        self._logged_bytes = 0
        self._logged_lines = 0
        self._hidden_bytes = 0

    def feed(self, stream: int, data: bytes) -> None:
        """Take ``data`` from ``stream`` (``STDOUT`` or ``STDERR``); it may begin and end anywhere in a line."""
        if stream == STDOUT:
            self._keep(data)
        pending = self._pending[stream]
        pending += data
        if b"\n" not in data and len(pending) < _LONGEST_LINE_BYTES:
            return
        *lines, rest = bytes(pending).split(b"\n")
        if len(rest) >= _LONGEST_LINE_BYTES:
            lines.append(rest)
            rest = b""
        pending[:] = rest
        for line in lines:
            self._show(stream, line)

    def finish(self) -> None:
        """Show what is left of unfinished lines, and say how much was left out."""
        for stream, pending in self._pending.items():
            if pending:
                self._show(stream, bytes(pending))
                pending.clear()
        if self._hidden_bytes:
            self._log.warning("%d more bytes of output are not shown here.", self._hidden_bytes)

    @property
    def stdout(self) -> str:
        """The standard output; after a cut only its end, beginning with the first whole line."""
        kept = bytes(self._stdout)
        if self._is_cut:
            kept = kept[-_KEPT_AFTER_CUT_BYTES:].partition(b"\n")[2]
        return redact(kept.decode(errors="replace"), self._needles)

    @property
    def tail(self) -> str:
        """The last lines of both streams, in the order in which they came."""
        output, errors = (list(self._tails[stream]) for stream in (STDOUT, STDERR))
        half = TAIL_LINES // 2
        room_for_errors = max(half, TAIL_LINES - len(output))
        errors = errors[-room_for_errors:]
        output = output[-(TAIL_LINES - len(errors)) :]
        return "\n".join(line for _, line in sorted(output + errors))

    def _keep(self, data: bytes) -> None:
        self._stdout += data
        limit = _KEPT_AFTER_CUT_BYTES if self._is_cut else self._limit_bytes
        if len(self._stdout) > limit:
            self._is_cut = True
        # Trimmed only now and then: cutting the front of a bytearray moves all of it.
        if self._is_cut and len(self._stdout) > 2 * _KEPT_AFTER_CUT_BYTES:
            del self._stdout[:-_KEPT_AFTER_CUT_BYTES]

    def _show(self, stream: int, raw: bytes) -> None:
        line = redact(raw.decode(errors="replace").rstrip("\r\n").replace("\0", "\N{SYMBOL FOR NULL}"), self._needles)
        self._line_count += 1
        self._tails[stream].append((self._line_count, line[:TAIL_LINE_CHARACTERS]))
        if self._hidden_bytes or not self._has_room(len(raw)):
            if not self._hidden_bytes:
                self._log.warning("The script prints more than the log takes; what follows is left out.")
            self._hidden_bytes += len(raw) + 1
            return
        self._logged_bytes += len(raw) + 1
        self._logged_lines += 1
        self._log.info("%s", line)

    def _has_room(self, size: int) -> bool:
        return self._logged_bytes + size <= self._limit_bytes and self._logged_lines < LOGGED_LINES_LIMIT
