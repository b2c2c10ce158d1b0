"""What one process measures; each measurement runs in a process of its own, so that nothing is warm from before.

Like a worker of Airflow, the parent has imported Airflow's command line (with what installed providers add to it) and
its task runner, and forks. Times are CPU seconds of the forked process, on an idle machine also what a clock shows.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import os
import resource
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

TASK = "collect"
"""The task whose start is measured: every Dag has it."""

Result = dict[str, Any]


def preload_airflow() -> None:
    """Import what Airflow's own processes have imported before they fork."""
    for module in ("cli.cli_parser", "dag_processing.dagbag", "sdk.execution_time.task_runner"):
        import_module(f"airflow.{module}")
    logging.disable(logging.INFO)
    gc.freeze()


def measure(action: Callable[..., Result], environment: Mapping[str, str], *arguments: str) -> Result:
    """Return what ``action`` measures in a new process with ``environment`` added to its own."""
    with get_context("fork").Pool(1) as pool:
        return pool.apply(_measure, (action, environment, arguments))


def _measure(action: Callable[..., Result], environment: Mapping[str, str], arguments: tuple[str, ...]) -> Result:
    os.environ.update(environment)
    warnings.simplefilter("ignore")  # of the contestants about each other's age
    before = _peak_mb()
    result = action(*arguments)
    return result | {"added_mb": _peak_mb() - before}


def measure_compile() -> Result:
    """Measure bringing the bundle's files up to date twice: what there is to do, then with nothing changed."""
    started = time.process_time()
    bundle = _bundle()
    bundle.initialize()
    first_s = time.process_time() - started
    again_s = _time(bundle.refresh)
    version = bundle.get_current_version()
    return {"first_s": first_s, "again_s": again_s, "version": (version and version.version) or ""}


def measure_parse() -> Result:
    """Measure a full parse of the bundle's files in one process."""
    from airflow.dag_processing.dagbag import BundleDagBag

    bundle = _bundle()
    bundle.initialize()
    bag: Any = None

    def parse() -> None:
        nonlocal bag
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)

    seconds = _time(parse)
    if bag.import_errors:
        raise RuntimeError(f"import errors: {list(bag.import_errors.items())[:1]}")
    return {"parse_s": seconds, "dags": len(bag.dags), "shape": _describe_shape(bag.dags)}


def measure_start(relative_file: str, dag_id: str, version: str) -> Result:
    """Measure what a worker does between its start and its task: get the bundle, parse one file, find the task."""
    from airflow.dag_processing.dagbag import BundleDagBag

    os.environ["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = dag_id
    os.environ["_AIRFLOW_PARSING_CONTEXT_TASK_ID"] = TASK

    def start() -> None:
        bundle = _bundle(version or None)
        bundle.initialize()
        bag = BundleDagBag(
            dag_folder=str(Path(bundle.path, relative_file)),
            safe_mode=False,
            load_op_links=False,
            bundle_path=bundle.path,
            bundle_name=bundle.name,
        )
        bag.dags[dag_id].get_task(TASK)

    return {"start_s": _time(start)}


def _bundle(version: str | None = None) -> Any:
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    return DagBundlesManager().get_bundle("benchmark", version=version)


def _time(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _describe_shape(dags: Mapping[str, Any]) -> str:
    """Return a hash over what a person would call the same Dags: ids, operators, arrows, parameters."""
    facts = [
        [
            dag_id,
            sorted(dag.params.dump().items()),
            sorted(
                [task.task_id, task.task_type, str(task.trigger_rule), sorted(task.downstream_task_ids)]
                for task in dag.tasks
            ),
        ]
        for dag_id, dag in sorted(dags.items())
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
