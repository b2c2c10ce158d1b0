"""Imports what the processes of tasks need into the process that forks them, so that each begins with it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

OPERATOR_PACKAGES = ("airflow_ops_plugin.operators", "dag_factory.airflow_backend.operators")
TASK_MODULES = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.operators.empty",
    "airflow.sdk.bases.sensor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.sdk.execution_time.timeout",
    "airflow_ops_plugin.worker.agent_trigger",
    "airflow_ops_plugin.worker.client",
    "dag_factory.airflow_backend.bundle",
    "jinja2.ext",
)
"""What every task imports at some time, beside its operator."""

log = logging.getLogger(__name__)


def preload_tasks(modules: Iterable[str] | None = None) -> None:
    """Import what tasks need.

    A module that cannot be imported, because its provider is not installed, is left to the tasks that need it.

    :param modules: by default all operators of ours, and what every task imports.
    """
    for name in _task_modules() if modules is None else modules:
        try:
            import_module(name)
        except Exception as error:  # a module of another distribution raises whatever its author chose
            log.warning("Cannot import %s before there are tasks: %s", name, error)


def _task_modules() -> Iterator[str]:
    yield from TASK_MODULES
    for package in OPERATOR_PACKAGES:
        yield from (f"{package}.{module.name}" for module in iter_modules(import_module(package).__path__))
