"""The base of every exception this package raises on purpose."""


class OpsError(Exception):
    """The caller or the world is wrong; the message is fit to show a user."""
