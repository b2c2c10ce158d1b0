"""Writing each change into Airflow's audit log."""

from __future__ import annotations

from airflow.api_fastapi.logging.decorators import action_logging
from fastapi import Depends, params


def logged(event: str) -> list[params.Depends]:
    """Return the dependencies of a route that log its call, its user and its body as ``event``."""
    return [Depends(action_logging(event))]
