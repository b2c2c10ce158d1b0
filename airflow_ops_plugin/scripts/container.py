"""What a script's container looks like: its name, its limits, and how the script gets into it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.scripts.errors import ScriptSettingsError

if TYPE_CHECKING:
    from airflow.sdk import Context
    from docker import APIClient

    from airflow_ops_plugin.scripts.job import Language, ScriptJob

LABEL = "airflow-ops.script"
TIMEOUT_LABEL = "airflow-ops.script.timeout"
"""Seconds that the container may run, counted by the engine's clock."""

_INTERPRETERS: dict[Language, tuple[str, str]] = {
    "sh": ("sh", "/script/script.sh"),
    "bash": ("bash", "/script/script.sh"),
    "python": ("python3", "/script/script.py"),
}

# The script comes as arguments, in pieces because Linux limits the size of each: that works with a remote engine, with
# a read-only root, and the container needs nobody beside it after its start. The inner sleep ends everything in the
# container but its init when the time is over, should no worker be there any more to do so; it is a child of init, not
# of the script, so that a script that waits for its children does not wait for it. There are no shell variables here:
# one that has the name of an environment variable would change what the script sees.
_BOOTSTRAP = """
(shift 3; printf %s "$@") >"$3" || exit 125
( (sleep "$1"; kill -9 -1) </dev/null >/dev/null 2>&1 & )
exec "$2" "$3"
"""
_PIECE_CHARACTERS = 30_000

_DEFAULT_ENVIRONMENT = {"HOME": "/tmp", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}

_LOG_FILES = 2
_TIMEOUT_GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What a container may use.

    :param user: ``uid:gid``.
    :param network: ``False`` for none, ``True`` for the engine's default, or the name of a Docker network.
    :param memory: as Docker writes it (``512m``); there is no swap beyond it.
    :param cpus: how many, also a part of one.
    :param pids_limit: processes and threads at once, of which two are ours.
    :param tmp_size: of ``/tmp``, the only place the script may write to; counts as memory.
    """

    user: str
    network: bool | str
    memory: str
    cpus: float
    pids_limit: int
    tmp_size: str

    @property
    def network_mode(self) -> str:
        """The network as Docker's API names it.

        :raises ScriptSettingsError: it is the host's network or another container's.
        """
        if self.network is True:
            return "bridge"
        name = self.network or "none"
        if name == "host" or name.startswith(("container:", "ns:")):
            raise ScriptSettingsError(f"a script cannot have the network {name!r}; name a Docker network of its own")
        return name


def name_container(context: Context) -> str:
    """Return the name that all tries of one execution of a task instance share, and nothing else does.

    ``max_tries`` grows when the task is cleared, and only then: so a retry finds the container of the try before, and
    a cleared task does not. The run's start keeps apart the runs of two deployments that share an engine, and a run
    that was deleted from another of the same id.
    """
    ti, dag_run = context["ti"], context["dag_run"]
    start = dag_run.start_date.isoformat() if dag_run.start_date else ""
    identity = [ti.dag_id, ti.run_id, start, ti.task_id, ti.map_index, ti.max_tries]
    return f"airflow-ops-{hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]}"


def create_container(
    client: APIClient, name: str, job: ScriptJob, sandbox: Sandbox, *, image: str, labels: Mapping[str, str]
) -> None:
    """Create, but do not start, the container called ``name``, unless there is one of that name.

    :raises docker.errors.APIError: the engine refuses, or has no such image.
    """
    from docker.errors import APIError

    interpreter, file = _INTERPRETERS[job.language]
    limit = str(int(job.timeout_seconds) + _TIMEOUT_GRACE_SECONDS)
    try:
        client.create_container(
            image,
            name=name,
            entrypoint=["sh", "-c", _BOOTSTRAP, "script"],
            command=[limit, interpreter, file, *split_script(job.script)],
            environment={**_DEFAULT_ENVIRONMENT, **job.environment, **job.secrets},
            user=sandbox.user,
            working_dir=job.working_directory or "/tmp",
            host_config=_describe_host(client, job, sandbox),
            labels={**labels, LABEL: "yes", TIMEOUT_LABEL: str(int(job.timeout_seconds))},
            healthcheck={"test": ["NONE"]},
        )
    except APIError as error:
        if error.status_code != 409:
            raise


def split_script(script: str) -> list[str]:
    """Return ``script`` in pieces that each fit into one argument of a process."""
    return [script[start : start + _PIECE_CHARACTERS] for start in range(0, len(script), _PIECE_CHARACTERS)] or [""]


def _describe_host(client: APIClient, job: ScriptJob, sandbox: Sandbox) -> Any:
    from docker.types import LogConfig

    # The engine's log of it is larger than the output: a line's time and stream are written with it.
    log_options = {"max-size": f"{max(job.output_limit_bytes * 2, 64 * 1024)}", "max-file": str(_LOG_FILES)}
    return client.create_host_config(
        init=True,
        read_only=True,
        tmpfs={"/tmp": f"size={sandbox.tmp_size},mode=1777", "/script": "size=2m,mode=1777"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        network_mode=sandbox.network_mode,
        mem_limit=sandbox.memory,
        memswap_limit=sandbox.memory,
        nano_cpus=round(sandbox.cpus * 1_000_000_000),
        pids_limit=sandbox.pids_limit,
        log_config=LogConfig(type="json-file", config=log_options),
    )
