"""LogStream: a container's output from its beginning, live, each piece once, also over lost connections."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import APIClient

log = logging.getLogger(__name__)

_HEADER_BYTES = 8
_ENGINE_REPORT = 3
"""The number of the stream in which an engine tells what went wrong while it read the log; it has no times."""
_SILENCE_SECONDS = 60.0


class LogStream:
    """Reads the log that the engine keeps of one container.

    Docker's Python client mixes the two streams here, so the engine's frames are read as they are: eight bytes (the
    stream's number, three zeros, the length) and then the text, which begins with its time. The times tell what has
    been read already; pieces of one long line share theirs, so they are counted too.

    :param container: name or id.
    """

    def __init__(self, container: str) -> None:
        self._container = container
        self._position: dict[int, tuple[str, int]] = {}
        self._since = 0

    def read(self, client: APIClient, *, follow: bool) -> Iterator[tuple[int, bytes]]:
        """Yield (stream, text) after all that was yielded before, up to the end or, to ``follow``, until it stops.

        :raises requests.exceptions.RequestException: the connection was lost, or nothing came for a minute.
        :raises docker.errors.APIError: the engine has no such container.
        """
        before = dict(self._position)
        repeated: Counter[int] = Counter()
        for stream, stamp, text in self._frames(client, follow=follow):
            last, count = before.get(stream, ("", 0))
            if stamp == last:
                repeated[stream] += 1
            if stamp < last or (stamp == last and repeated[stream] <= count):
                continue
            self._advance(stream, stamp)
            yield stream, text

    def _advance(self, stream: int, stamp: str) -> None:
        last, count = self._position.get(stream, ("", 0))
        self._position[stream] = (stamp, count + 1 if stamp == last else 1)
        # A second of slack: the two streams' times are not in order with each other.
        self._since = int(datetime.fromisoformat(stamp[:19]).replace(tzinfo=UTC).timestamp()) - 1

    def _frames(self, client: APIClient, *, follow: bool) -> Iterator[tuple[int, str, bytes]]:
        from docker.errors import create_api_error_from_http_exception
        from requests.exceptions import HTTPError

        response = client.get(
            f"{client.base_url}/v{client.api_version}/containers/{self._container}/logs",
            params={"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "since": self._since},
            stream=True,
            timeout=_SILENCE_SECONDS,
        )
        with response:
            try:
                response.raise_for_status()
            except HTTPError as error:
                create_api_error_from_http_exception(error)
            buffer = bytearray()
            for chunk in response.iter_content(chunk_size=None):
                buffer += chunk
                yield from _take_frames(buffer)


def _take_frames(buffer: bytearray) -> Iterator[tuple[int, str, bytes]]:
    """Yield the whole frames at the front of ``buffer`` and remove them from it."""
    start = 0
    while len(buffer) - start >= _HEADER_BYTES:
        end = start + _HEADER_BYTES + int.from_bytes(buffer[start + 4 : start + _HEADER_BYTES])
        if len(buffer) < end:
            break
        if buffer[start] == _ENGINE_REPORT:
            report = bytes(buffer[start + _HEADER_BYTES : end]).decode(errors="replace").strip()
            log.warning("The Docker engine could not read a part of the script's output: %s", report)
        else:
            stamp, _, text = bytes(buffer[start + _HEADER_BYTES : end]).partition(b" ")
            yield buffer[start], stamp.decode(), text
        start = end
    del buffer[:start]
