"""Dag ids: valid for Airflow, stable, and different for different names."""

from __future__ import annotations

import hashlib
import re

MAX_LENGTH = 200


def dag_id_from(name: str) -> str:
    """Return ``name`` where Airflow takes it as a Dag id, else a readable form of it with a hash of ``name``."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_")[:MAX_LENGTH]
    if readable == name and name:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable[: MAX_LENGTH - 9] or 'process'}_{digest}"
