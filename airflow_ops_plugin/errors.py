"""The base of every exception this package raises on purpose, and the kinds that the API tells apart."""


class OpsError(Exception):
    """The caller or the world is wrong; the message is fit to show a user."""


class NotFoundError(OpsError):
    """What was named does not exist."""


class ConflictError(OpsError):
    """What was asked does not fit the present state; the message says what would."""


class InvalidRequestError(OpsError):
    """What was asked makes no sense, whatever the state."""


class NotAllowedError(OpsError):
    """The caller has not the right."""
