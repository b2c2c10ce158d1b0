"""The table of options in ``docs/operations.md`` says what Airflow is told about them."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from airflow_ops_plugin.provider_info import get_provider_info
from airflow_ops_plugin.scripts.settings import ScriptSettings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
OPTIONS = get_provider_info()["config"]["ops"]["options"]


def test_every_option_is_in_the_table_with_its_default_and_its_description() -> None:
    lines = PAGE.read_text().splitlines()
    told = [_write_row(name, one["default"], one["description"]) for name, one in OPTIONS.items()]
    first = lines.index("| Option | Default | What it is for |") + 2
    end = lines.index("", first)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text("\n".join([*lines[:first], *told, *lines[end:], ""]))
    assert lines[first:end] == told


def test_the_defaults_that_airflow_is_told_are_those_that_scripts_have() -> None:
    settings = ScriptSettings()
    names = {field.name: field.name for field in fields(settings)} | {
        "image": "script_image",
        "memory": "script_memory",
        "cpus": "script_cpus",
        "pids_limit": "script_pids",
        "output_limit_bytes": "script_output_limit_bytes",
        "runner": "script_runner",
        "is_process_allowed": "allow_process_scripts",
        "engine_wait_seconds": "script_engine_wait_seconds",
        "pip_index_url": "script_pip_index_url",
        "build_network": "script_build_network",
    }
    own = {names[field.name]: getattr(settings, field.name) for field in fields(settings)}
    told = {name: OPTIONS[name]["default"] for name in own}
    assert {name: default for name, default in told.items() if default is not None} == {
        name: str(value) for name, value in own.items() if told[name] is not None
    }


def _write_row(name: str, default: str | None, description: str) -> str:
    return f"| `{name}` | {'empty' if default is None else f'`{default}`'} | {description.strip()} |"
