"""What can be wrong with a request about agents."""

from __future__ import annotations

from airflow_ops_plugin.errors import ConflictError, NotFoundError


class UnknownAgentError(NotFoundError):
    """There is no agent of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no agent {name!r}; see the list of agents")
        self.name = name


class AgentExistsError(ConflictError):
    """A name or address is taken."""


class AgentBusyError(ConflictError):
    """The agent holds more than the change allows."""
