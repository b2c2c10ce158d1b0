"""What the deployment decides about scripts: the options of the configuration section ``[ops]``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, cast

from airflow_ops_plugin.scripts.errors import ScriptSettingsError

Runner = Literal["docker", "process"]

SECTION = "ops"
DEFAULT_IMAGE = "python:3.11-slim-bookworm"
DEFAULT_ENGINE_URL = "unix:///var/run/docker.sock"
DEFAULT_ENGINE_WAIT_SECONDS = 120.0
DEFAULT_MEMORY = "512m"
DEFAULT_CPUS = 1.0
DEFAULT_PIDS_LIMIT = 128
DEFAULT_OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings:
    """The options of ``[ops]`` that concern scripts.

    :param image: image of nodes that name none (``script_image``).
    :param memory: of a container whose node does not say it (``script_memory``); so are ``cpus`` (``script_cpus``),
        ``pids_limit`` (``script_pids``) and ``output_limit_bytes`` (``script_output_limit_bytes``).
    :param runner: how nodes run that name no runner (``script_runner``).
    :param is_process_allowed: whether a node may ask for a local process (``allow_process_scripts``).
    :param docker_url: address of the engine; where ``docker_url`` is empty, ``DOCKER_HOST`` or the local socket.
    :param docker_conn_id: Airflow connection that holds a registry's log-in; ``None`` for none.
    :param engine_wait_seconds: how long a running script waits for an engine that stopped answering.
    :param pip_index_url: package index for requirements; empty for the image's own default.
    :param build_network: Docker network in which requirements are installed; empty for the engine's default.
    """

    image: str = DEFAULT_IMAGE
    memory: str = DEFAULT_MEMORY
    cpus: float = DEFAULT_CPUS
    pids_limit: int = DEFAULT_PIDS_LIMIT
    output_limit_bytes: int = DEFAULT_OUTPUT_LIMIT_BYTES
    runner: Runner = "docker"
    is_process_allowed: bool = False
    docker_url: str = DEFAULT_ENGINE_URL
    docker_conn_id: str | None = None
    engine_wait_seconds: float = DEFAULT_ENGINE_WAIT_SECONDS
    pip_index_url: str = ""
    build_network: str = ""

    @classmethod
    def read(cls) -> ScriptSettings:
        """Return what Airflow's configuration says now."""
        from airflow.sdk.configuration import conf

        def text(option: str, default: str = "") -> str:
            return str(conf.get(SECTION, option, fallback=default) or default)

        runner = text("script_runner", "docker")
        if runner not in ("docker", "process"):
            raise ScriptSettingsError(f"[ops] script_runner is {runner!r}; it must be docker or process")
        return cls(
            image=text("script_image", DEFAULT_IMAGE),
            memory=text("script_memory", DEFAULT_MEMORY),
            cpus=conf.getfloat(SECTION, "script_cpus", fallback=DEFAULT_CPUS),
            pids_limit=conf.getint(SECTION, "script_pids", fallback=DEFAULT_PIDS_LIMIT),
            output_limit_bytes=conf.getint(SECTION, "script_output_limit_bytes", fallback=DEFAULT_OUTPUT_LIMIT_BYTES),
            runner=cast(Runner, runner),
            is_process_allowed=conf.getboolean(SECTION, "allow_process_scripts", fallback=False),
            docker_url=text("docker_url") or os.environ.get("DOCKER_HOST") or DEFAULT_ENGINE_URL,
            docker_conn_id=text("docker_conn_id") or None,
            engine_wait_seconds=conf.getfloat(
                SECTION, "script_engine_wait_seconds", fallback=DEFAULT_ENGINE_WAIT_SECONDS
            ),
            pip_index_url=text("script_pip_index_url"),
            build_network=text("script_build_network"),
        )

    def choose_runner(self, wanted: Runner | None) -> Runner:
        """Return how a node runs that asks for ``wanted`` (``None``: it does not care).

        :raises ScriptSettingsError: it asks for a local process and the deployment does not allow that.
        """
        runner = wanted or self.runner
        if runner == "process" and self.runner != "process" and not self.is_process_allowed:
            raise ScriptSettingsError(
                "This script asks to run as a local process of the worker, which this deployment does not allow. "
                "Remove the node's runner so that it runs in a container, or let the operator of Airflow set "
                "[ops] allow_process_scripts = True (such a script can read whatever the worker can)."
            )
        return runner
