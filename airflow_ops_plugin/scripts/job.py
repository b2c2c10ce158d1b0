"""ScriptJob: one script with everything it is given, checked once, for whichever runner runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_ops_plugin.scripts.errors import ScriptSettingsError

Language = Literal["sh", "bash", "python"]

SCRIPT_LIMIT_BYTES = 1024 * 1024
VALUE_LIMIT_BYTES = 120 * 1024
"""Linux refuses a single environment variable or argument of 128 KiB."""

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptJob:
    """One script to run.

    :param environment: variables anybody may see.
    :param secrets: variables whose values are hidden in every output.
    :param timeout_seconds: how long it may run, from its start.
    :param output_limit_bytes: how much of its standard output is kept, and of all its output logged.
    :param working_directory: where it starts; ``None`` for a writable place of the runner's own.
    :raises ScriptSettingsError: the script or a variable cannot be handed to a process.
    """

    language: Language
    script: str
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float
    output_limit_bytes: int
    working_directory: str | None = None

    def __post_init__(self) -> None:
        if self.language not in ("sh", "bash", "python"):
            raise ScriptSettingsError(f"unknown script language {self.language!r}; known: sh, bash, python")
        if "\0" in self.script:
            raise ScriptSettingsError("the script contains a NUL character, which no interpreter can be given")
        size = len(self.script.encode())
        if size > SCRIPT_LIMIT_BYTES:
            raise ScriptSettingsError(f"the script has {size} bytes; at most {SCRIPT_LIMIT_BYTES} are possible")
        for name, value in {**self.environment, **self.secrets}.items():
            _check_variable(name, value)


def pass_as_environment(names: Iterable[str], values: Mapping[str, Any]) -> dict[str, str]:
    """Return those of ``values`` that ``names`` lists as environment variables: text as it is, the rest as JSON.

    A value that is ``None`` or missing gives no variable.
    """
    found = {name: values.get(name) for name in names}
    return {name: as_text(value) for name, value in found.items() if value is not None}


def as_text(value: Any) -> str:
    """Return ``value`` as the text of an environment variable: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check_variable(name: str, value: str) -> None:
    if not _VARIABLE_NAME.match(name):
        raise ScriptSettingsError(f"{name!r} cannot be the name of an environment variable")
    if "\0" in value:
        raise ScriptSettingsError(f"the value of {name} contains a NUL character")
    if len(value.encode()) > VALUE_LIMIT_BYTES:
        raise ScriptSettingsError(
            f"the value of {name} is larger than the {VALUE_LIMIT_BYTES} bytes that an environment variable may have"
        )
