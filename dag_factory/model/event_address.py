"""The asset by which a message or a signal reaches the Dags that begin with it."""

from __future__ import annotations

from urllib.parse import quote


def asset_uri(kind: str, name: str) -> str:
    """Return the URI of the asset that stands for a ``message`` or ``signal``."""
    return f"bpmn://{kind}/{quote(name, safe='')}"
