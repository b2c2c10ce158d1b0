"""What an exit code means for the task: well, skipped, failed with a retry, failed for good."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from enum import StrEnum

from airflow.sdk.exceptions import AirflowSkipException

from airflow_ops_plugin.scripts.errors import ScriptFailedError, ScriptSettingsError, ScriptThrewError


class Outcome(StrEnum):
    """What a task does after its script ended; the names are the keys of a node's ``exit_codes``."""

    OK = "ok"
    SKIP = "skip"
    RETRY = "retry"
    FAIL = "fail"


def check_exit_codes(exit_codes: Mapping[str, Sequence[int]]) -> None:
    """Check a node's ``exit_codes``.

    :raises ScriptSettingsError: an unknown outcome, or one code under two of them.
    """
    seen: dict[int, str] = {}
    for name, codes in exit_codes.items():
        if name not in list(Outcome):
            raise ScriptSettingsError(f"exit_codes: unknown outcome {name!r}; known: {', '.join(Outcome)}")
        for code in codes:
            if seen.setdefault(code, name) != name:
                raise ScriptSettingsError(f"exit_codes: {code} is under {seen[code]!r} and under {name!r}")


def choose_outcome(exit_code: int, exit_codes: Mapping[str, Sequence[int]]) -> Outcome:
    """Return what ``exit_code`` means: as the node says, else 0 is well and everything else a retry."""
    for name, codes in exit_codes.items():
        if exit_code in codes:
            return Outcome(name)
    return Outcome.OK if exit_code == 0 else Outcome.RETRY


def raise_unless_ok(exit_code: int, exit_codes: Mapping[str, Sequence[int]], *, cause: str, tail: str) -> None:
    """Raise what makes Airflow do what ``exit_code`` stands for; return where it stands for success.

    :param cause: why it ended so, where that is known; replaces the plain words for the exit code.
    :param tail: the last lines of the output.
    """
    outcome = choose_outcome(exit_code, exit_codes)
    if outcome is Outcome.OK:
        return
    reason = cause or describe_exit_code(exit_code)
    if outcome is Outcome.SKIP:
        raise AirflowSkipException(f"The script {reason}, which this node counts as skipped.")
    message = f"The script {reason}. " + (f"Its last lines:\n{tail}" if tail else "It printed nothing.")
    if outcome is Outcome.FAIL:
        problem = f"{message}\nThis node does not retry exit code {exit_code}."
        raise ScriptThrewError(problem, error_code=str(exit_code))
    raise ScriptFailedError(message, exit_code=exit_code)


def describe_exit_code(exit_code: int) -> str:
    """Return what happened, in words that continue "The script"."""
    if exit_code > 128:
        try:
            return f"was killed by {signal.Signals(exit_code - 128).name} (exit code {exit_code})"
        except ValueError:
            pass
    return f"failed with exit code {exit_code}"
