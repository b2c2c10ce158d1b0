"""What can be wrong with a request about work."""

from __future__ import annotations

from airflow_ops_plugin.errors import ConflictError, InvalidRequestError, NotAllowedError, NotFoundError


class UnknownWorkItemError(NotFoundError):
    """There is no such work item."""


class UnknownAssignmentError(NotFoundError):
    """The work item has no such active assignment."""


class WorkClosedError(ConflictError):
    """The work item is closed; nothing can be changed any more."""


class NoRoomError(ConflictError):
    """The named agent cannot be given the work; the message says why."""


class AmbiguousAssignmentError(InvalidRequestError):
    """Several agents have a seat and the request does not say which is meant."""


class UnknownStrategyError(InvalidRequestError):
    """There is no such strategy."""


class NotYoursError(NotAllowedError):
    """Only the agent itself, or an operator, may do that."""
