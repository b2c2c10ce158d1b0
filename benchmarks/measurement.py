"""What one process measures: run by ``factory.py`` as a process of its own, so that nothing is warm from before.

Usage: ``measurement.py compile|parse|start RELATIVE_FILE DAG_ID``. It prints one JSON object as its last line. Times
are CPU seconds of the process, which on an idle machine are also what a clock shows.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def main() -> None:
    """Measure what the command line names, and print it."""
    logging.disable(logging.INFO)
    what, relative_file, dag_id = sys.argv[1:]
    measure = {
        "compile": measure_compile,
        "parse": measure_parse,
        "start": lambda: measure_start(relative_file, dag_id),
    }
    result = measure[what]()
    result["total_s"] = time.process_time()
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def measure_compile() -> Result:
    """Measure bringing the bundle's files up to date twice: what there is to do, then with nothing changed."""
    bundle = _bundle()
    cold_s = _time(bundle.initialize)
    warm_s = _time(bundle.refresh)
    version = bundle.get_current_version()
    return {"first_s": cold_s, "again_s": warm_s, "version": version and version.version}


def measure_parse() -> Result:
    """Measure a full parse of the bundle's files, as the Dag processor does in many processes and a CLI in one."""
    from airflow.dag_processing.dagbag import BundleDagBag

    bundle = _bundle()
    bundle.initialize()
    bag: Any = None

    def parse() -> None:
        nonlocal bag
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)

    seconds = _time(parse)
    if bag.import_errors:
        raise SystemExit(f"import errors: {list(bag.import_errors.items())[:1]}")
    return {"parse_s": seconds, "dags": len(bag.dags), "shape": _describe_shape(bag.dags)}


def measure_start(relative_file: str, dag_id: str) -> Result:
    """Measure what a worker does between its start and its task: get the bundle, parse one file, find the task."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag

    os.environ["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = dag_id
    os.environ["_AIRFLOW_PARSING_CONTEXT_TASK_ID"] = "collect"

    def start() -> None:
        bundle = DagBundlesManager().get_bundle("benchmark", version=os.environ.get("BENCHMARK_BUNDLE_VERSION"))
        bundle.initialize()
        bag = BundleDagBag(
            dag_folder=str(Path(bundle.path, relative_file)),
            safe_mode=False,
            load_op_links=False,
            bundle_path=bundle.path,
            bundle_name=bundle.name,
        )
        bag.dags[dag_id].get_task("collect")

    return {"start_s": _time(start)}


def _bundle() -> Any:
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    return DagBundlesManager().get_bundle("benchmark")


def _time(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


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


if __name__ == "__main__":
    main()
