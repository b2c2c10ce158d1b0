"""Settings of a script that BPMN has no words for: properties of the element whose names begin with ``airflow.``."""

from __future__ import annotations

from typing import Any

from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.reading import Reading

PREFIX = "airflow."
SECRET = "secret."
SETTINGS = ("cpus", "image", "memory", "network", "pool", "queue", "runner")


def read_script_settings(node: FlowElement, reading: Reading) -> dict[str, Any]:
    """Return the fields of a script node that the properties of ``node`` set; an unknown one is a warning."""
    made: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for name, value in reading.all(lambda vendor: vendor.properties(node.element)):
        setting = name.removeprefix(PREFIX)
        if setting == name:
            continue
        if setting.startswith(SECRET):
            secrets[setting.removeprefix(SECRET)] = value
        elif setting in SETTINGS:
            made[setting] = {"true": True, "false": False}.get(value, value) if setting == "network" else value
        else:
            known = ", ".join(f"{PREFIX}{one}" for one in SETTINGS)
            reading.findings.warning(
                "DF457",
                node.element,
                f"has the property {name!r}, which is no setting of a script",
                f"use one of {known}, {PREFIX}{SECRET}NAME",
            )
    return made | ({"secrets": secrets} if secrets else {})
