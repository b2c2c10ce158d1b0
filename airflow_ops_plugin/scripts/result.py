"""ScriptResult: what a finished script leaves for the tasks after it, and how its output is read as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from airflow_ops_plugin.scripts.errors import ScriptThrewError

OUTPUT_LIMIT_CHARACTERS = 32 * 1024
"""How much of the standard output a result holds: its end. All of it is in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """The result of a script that ended well.

    :param output: the end of the standard output.
    :param result: what ``parse_result`` finds in the standard output.
    :param execution_time: seconds from its start to its end.
    """

    success: bool
    output: str
    result: Any
    execution_time: float
    exit_code: int

    @classmethod
    def from_output(cls, stdout: str, *, exit_code: int, execution_time: float) -> ScriptResult:
        """Return the result of a script that printed ``stdout``."""
        return cls(
            success=True,
            output=stdout[-OUTPUT_LIMIT_CHARACTERS:],
            result=parse_result(stdout),
            execution_time=round(execution_time, 3),
            exit_code=exit_code,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as the task's return value."""
        return asdict(self)


def parse_result(stdout: str) -> Any:
    """Return the JSON a script printed: all of ``stdout``, else its last line that is an object or an array.

    ``None`` where there is none. Numbers that JSON does not know (NaN, Infinity) do not count as JSON.
    """
    try:
        return _parse(stdout)
    except ValueError:
        pass
    for line in reversed(stdout.splitlines()):
        if line.strip()[:1] in ("{", "["):
            try:
                return _parse(line)
            except ValueError:
                continue
    return None


def raise_if_thrown(stdout: str) -> None:
    """Raise the error of the process that a script throws by printing ``{"bpmn_error": "CODE", "message": "..."}``.

    :raises ScriptThrewError: what ``parse_result`` finds is an object with the key ``bpmn_error``.
    """
    result = parse_result(stdout)
    if isinstance(result, dict) and "bpmn_error" in result:
        code = str(result["bpmn_error"])
        raise ScriptThrewError(str(result.get("message") or f"the script threw the error {code!r}"), error_code=code)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
