"""What this distribution tells Airflow about itself: settings, commands. Read by every process: keep it light."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider info, in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-ops-plugin",
        "name": "IT operations",
        "description": "Workflow templates as Dags, and what Airflow lacks for operations.",
        "cli": ["airflow_ops_plugin.cli.definition.get_ops_cli_commands"],
        "config": {"ops": {"description": "Templates and their operators.", "options": _options()}},
    }


def _options() -> dict[str, dict[str, Any]]:
    """Return the options of the section ``[ops]``; ``docs/operations.md`` lists them too, and a test compares."""
    return {
        "templates_folder": _option(
            "string", None, "Folder of templates, for the bundle and the commands; the bundle's own argument wins."
        ),
        "script_runner": _option(
            "string",
            "docker",
            "Where script nodes run: 'docker', or 'process' (no isolation; needs allow_process_scripts).",
        ),
        "allow_process_scripts": _option(
            "boolean", "False", "Whether scripts may run as processes of the worker, with the worker's rights."
        ),
        "script_image": _option(
            "string", "python:3.11-slim-bookworm", "Image of script nodes that name none; holds sh, bash and python3."
        ),
        "docker_url": _option(
            "string", None, "Address of the Docker engine that runs scripts; empty for the worker's own."
        ),
        "docker_conn_id": _option("string", None, "Airflow connection with the log-in of the image registry, if any."),
        "script_memory": _option("string", "512m", "Memory of one script container, in Docker's notation."),
        "script_cpus": _option("float", "1.0", "CPUs of one script container."),
        "script_pids": _option("integer", "128", "Processes that one script container may have at a time."),
        "script_output_limit_bytes": _option(
            "integer", "1048576", "Bytes of a script's output that are kept as its result; the log has more."
        ),
    }


def _option(kind: str, default: str | None, description: str) -> dict[str, Any]:
    return {
        "type": kind,
        "default": default,
        "description": f"{description}\n",
        "example": None,
        "version_added": "0.1.0",
    }
