"""Small templates for the tests of the Airflow backend, and ways to put them into a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def sample(dag_id: str, message: str = "old", **fields: Any) -> dict[str, Any]:
    """Return a template whose runs end with the result ``message``, which no serialized Dag shows.

    :param fields: further fields of the template, or others for the ones it has.
    """
    return {
        "id": dag_id,
        "name": dag_id.title(),
        "result": {"message": f"'{message}'"},
        "nodes": [{"id": "start", "type": "start"}, {"id": "end", "type": "end"}],
        "edges": [{"from": "start", "to": "end"}],
        **fields,
    }


def approved_sample(dag_id: str, message: str) -> dict[str, Any]:
    """Return a template like ``sample`` whose runs wait for an answer first."""
    nodes = [
        {"id": "start", "type": "start"},
        {"id": "ask", "type": "manual", "name": "Go on?", "options": ["Yes", "No"]},
        {"id": "end", "type": "end"},
    ]
    edges = [{"from": "start", "to": "ask"}, {"from": "ask", "to": "end", "choice": "Yes"}]
    return sample(dag_id, message, nodes=nodes, edges=edges)


def broken_sample(dag_id: str) -> dict[str, Any]:
    """Return a template with two errors."""
    return sample(dag_id, nodes=[{"id": "start", "type": "start"}, {"id": "x", "type": "scrip"}, {"type": "end"}])


def write(folder: Path, name: str, template: dict[str, Any]) -> Path:
    """Write a template as ``name`` below ``folder`` and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1))
    return path
