"""The plugin as Airflow sees it: the API and the pages. Every process imports it, so it imports nothing heavy."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

URL_PREFIX = "/ops"
BUNDLE = "ops/static/operations.umd.js"
"""Relative, so that it survives a base path. It registers each page's component as a global of the page's name."""

PAGES: list[dict[str, Any]] = [
    {
        "name": "Operations",
        "destination": "nav",
        "url_route": "operations",
        "bundle_url": BUNDLE,
        "icon": "ops/static/operations.svg",
        "icon_dark_mode": "ops/static/operations-dark.svg",
    },
    {"name": "Who does what", "destination": "dag_run", "url_route": "who_does_what", "bundle_url": BUNDLE},
]


class OpsPlugin(AirflowPlugin):
    """Agents, queue and assignments: API and pages."""

    name = "airflow_ops"
    react_apps = PAGES

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The API, built only by the process that serves it: building it takes seconds of every other process."""
        from airflow_ops_plugin.api.app import create_app

        return [{"name": "Operations", "url_prefix": URL_PREFIX, "app": create_app()}]
