"""DockerEngine: a Docker engine of its own on this machine, beside the one that runs already."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from docker import APIClient
from docker.errors import DockerException
from requests.exceptions import RequestException

IMAGE = "python:3.11-slim-bookworm"
_FLAGS = ["--iptables=false", "--ip6tables=false", "--bridge=none"]


class DockerEngine:
    """A Docker host for an agent: own data, own socket, no network.

    :param name: tells engines apart in messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        # A socket's path may have about a hundred characters only.
        self.folder = Path(tempfile.mkdtemp(prefix=f"engine-{name}-", dir="/tmp"))
        self.url = f"unix://{self.folder / 'sock'}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the engine and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    # A network of its own: with --bridge=none it deletes docker0, which the machine's engine needs.
                    *("unshare", "--net"),
                    "dockerd",
                    *("--data-root", str(self.folder / "data")),
                    *("--exec-root", str(self.folder / "exec")),
                    *("--pidfile", str(self.folder / "pid")),
                    *("--host", self.url),
                    *_FLAGS,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while not self.is_answering():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, f"the Docker engine {self.name} does not answer"
            time.sleep(0.3)

    def load_image(self, archive: Path) -> None:
        """Load an image that ``save_image`` wrote."""
        subprocess.run(["docker", "-H", self.url, "load", "-i", str(archive)], check=True, capture_output=True)

    def is_answering(self) -> bool:
        """Return whether the engine answers."""
        try:
            return bool(APIClient(base_url=self.url, timeout=5).ping())
        except (DockerException, RequestException, OSError):
            return False

    def kill(self) -> None:
        """Kill the engine and all that it started, as when the power of its machine fails."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=30)

    def freeze(self) -> None:
        """Let the engine answer nothing, as when its machine hangs or the network drops all packets."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Kill the engine and delete its data."""
        self.kill()
        time.sleep(0.5)
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if str(self.folder) in (mount := line.split()[1]):
                subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _processes(self) -> list[psutil.Process]:
        """Return the engine, its containerd, the shims and the containers: all that name its folder, and below."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.pid != os.getpid() and str(self.folder) in " ".join(process.cmdline()):
                    found[process.pid] = process
                    found.update({child.pid: child for child in process.children(recursive=True)})
        return list(found.values())


def save_image(archive: Path) -> None:
    """Write the default image of scripts, which ``.ci/docker`` makes, to a file."""
    subprocess.run(["docker", "save", "-o", str(archive), IMAGE], check=True, capture_output=True)
