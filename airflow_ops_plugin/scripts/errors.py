"""The exceptions of the script node. Airflow retries every one of them; what must not be retried is Airflow's own."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowFailException

from airflow_ops_plugin.errors import OpsError


class ScriptError(OpsError):
    """Base: the script could not be run, or failed; the message is fit to show a user."""


class ScriptSettingsError(ScriptError):
    """The node asks for something that cannot work or that this deployment does not allow."""


class SecretMissingError(ScriptError):
    """A connection, a variable or a field of one that the node names as a secret is not there."""


class EngineUnavailableError(ScriptError):
    """No Docker engine answers, or it stayed away longer than the script may wait for it."""


class ImageUnavailableError(ScriptError):
    """The image is not on the engine and cannot be pulled, or its requirements cannot be installed."""


class ScriptFailedError(ScriptError):
    """The script ended with an exit code that stands for failure.

    :param exit_code: as a shell shows it: 128 + n after signal n. As text it is the code for error events.
    """

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.error_code = str(exit_code)


class ScriptInterruptedError(ScriptError):
    """The script was stopped from outside before its end: by Airflow, by a person, or with its engine."""


class ScriptMayStillRunError(ScriptError):
    """An earlier try started the script on an engine that is out of reach here, and its time is not over yet."""


class ScriptThrewError(AirflowFailException):
    """The script has thrown an error of the process, or ended with an exit code that is not retried.

    :param error_code: its code, for the error events of the diagram.
    """

    def __init__(self, message: str, *, error_code: str) -> None:
        super().__init__(message)
        self.error_code = error_code
