"""What this distribution tells Airflow about itself: settings, commands. Read by every process: keep it light."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider info, in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-ops-plugin",
        "name": "IT operations",
        "description": "Workflow templates as Dags, and what Airflow lacks for operations.",
        "db-managers": ["airflow_ops_plugin.db.manager.OpsDBManager"],
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
        "script_memory": _option("string", "512m", "Memory of a script's container whose node does not say it."),
        "script_cpus": _option("float", "1.0", "Processors of a script's container whose node does not say it."),
        "script_pids": _option("integer", "128", "Most processes in a script's container whose node does not say it."),
        "script_output_limit_bytes": _option(
            "integer", "10485760", "How much of a script's output is kept and logged; what is over it is counted."
        ),
        "docker_url": _option(
            "string", None, "Address of the Docker engine that runs scripts; empty for the worker's own."
        ),
        "docker_conn_id": _option("string", None, "Airflow connection with the log-in of the image registry, if any."),
        "script_engine_wait_seconds": _option(
            "float", "120.0", "How long a running script waits for a Docker engine that has stopped answering."
        ),
        "script_pip_index_url": _option(
            "string", None, "Package index from which a script's requirements are installed; empty for the image's own."
        ),
        "script_build_network": _option(
            "string", None, "Docker network in which a script's requirements are installed; empty for the default."
        ),
        "allowed_operators": _option(
            "string",
            "airflow.providers.smtp.operators.smtp.EmailOperator",
            "Airflow operators that templates may run, as dotted paths or patterns with *, separated by spaces.",
        ),
        "max_loop_iterations": _option(
            "integer", "1000", "Rounds after which a loop fails, whatever its condition says."
        ),
        "message_check_seconds": _option(
            "float",
            "60.0",
            "Seconds between two looks of a wait for a message that was sent by a person or a program, not by a task.",
        ),
        "default_strategy": _option("string", "skill_weighted", "Strategy that ranks agents for work that names none."),
        "api_url": _option(
            "string", None, "Address of the plugin's API for tasks; empty: /ops beside Airflow's execution API."
        ),
        "api_patience_seconds": _option(
            "float", "150.0", "How long a task repeats a call of the plugin's API while the API server is away."
        ),
        "engine_interval_seconds": _option("float", "1.0", "Pause between two ticks of airflow ops engine."),
        "docker_ping_interval_seconds": _option(
            "float", "10.0", "How often the engine asks each Docker host whether it is there."
        ),
        "docker_silence_seconds": _option(
            "float", "30.0", "How long a Docker host may not answer before it goes offline and its work elsewhere."
        ),
        "ageing_seconds": _option(
            "float", "600.0", "Waiting time that is worth one step of priority in the queue of work."
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
