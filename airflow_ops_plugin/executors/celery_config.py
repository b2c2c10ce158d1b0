"""Celery's settings: Airflow's own, with workers that import what tasks need before they fork their processes.

For ``[celery] celery_config_options``.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import import_modules

CELERY_CONFIG: dict[str, Any] = DEFAULT_CELERY_CONFIG


@import_modules.connect  # type: ignore[untyped-decorator]
def preload_worker(**details: Any) -> None:
    """Import what tasks need; Celery sends this signal in the main process of a worker, and nowhere else."""
    from airflow_ops_plugin.executors.preload import preload_tasks
    from airflow_ops_plugin.executors.prompt_supervision import supervise_promptly

    preload_tasks()
    supervise_promptly()
