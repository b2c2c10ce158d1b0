"""The contestants: ways to give Airflow the same Dags. Each writes its input files for any number of Dags."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TASKS = ("start", "collect", "check", "repair", "notify", "record", "merge", "verify", "report", "done")
EDGES = (
    ("start", "collect"),
    ("collect", "check"),
    ("check", "repair"),
    ("check", "notify"),
    ("check", "record"),
    ("repair", "merge"),
    ("notify", "merge"),
    ("record", "merge"),
    ("merge", "verify"),
    ("verify", "report"),
    ("report", "done"),
)
JOIN = "merge"
ANY_PATH = "none_failed_min_one_success"
EMPTY_OPERATOR = "airflow.providers.standard.operators.empty.EmptyOperator"


@dataclass(frozen=True)
class Contestant:
    """One way to describe Dags.

    :param name: what the table calls it.
    :param write: writes the files of ``count`` Dags into a folder.
    :param compiles: whether it keeps a compiled form of its files.
    """

    name: str
    write: Callable[[Path, int], None]
    compiles: bool = False

    def bundle_setting(self, files: Path, store: Path) -> str:
        """Return the value of ``[dag_processor] dag_bundle_config_list`` for the files in the folder ``files``.

        :param store: folder for the compiled form.
        """
        if self.compiles:
            classpath = "dag_factory.airflow_backend.bundle.TemplateDagBundle"
            arguments = {"templates_folder": str(files), "store_folder": str(store)}
        else:
            classpath, arguments = "airflow.dag_processing.bundles.local.LocalDagBundle", {"path": str(files)}
        return json.dumps([{"name": "benchmark", "classpath": classpath, "kwargs": arguments}])

    def file_of(self, dag_id: str) -> str:
        """Return the file that a worker parses to start a task of ``dag_id``, below the bundle's path."""
        return {"dag-factory": "load_yaml.py", "hand-written": f"{dag_id}.py"}.get(self.name, f"{dag_id}.json.py")


def dag_id(number: int) -> str:
    """Return the id of the Dag with this number, from 0."""
    return f"process_{number:05d}"


def write_templates(folder: Path, count: int) -> None:
    """Write ``count`` JSON templates of this factory."""
    for number in range(count):
        template = {
            "id": dag_id(number),
            "name": dag_id(number),
            "description": f"Benchmark process {number}.",
            "tags": ["benchmark"],
            "variables": [
                {"name": "host", "default": "localhost", "description": "Machine to look at."},
                {"name": "limit", "type": "integer", "default": 80 + number % 20},
                {"name": "dry_run", "type": "boolean", "default": True},
            ],
            "nodes": [{"id": task, "type": "task"} for task in TASKS],
            "edges": [{"from": source, "to": target} for source, target in EDGES],
        }
        (folder / f"{dag_id(number)}.json").write_text(json.dumps(template, indent=2))


def write_dag_factory_files(folder: Path, count: int) -> None:
    """Write ``count`` YAML files for astronomer's dag-factory and the Python file that loads them."""
    for number in range(count):
        (folder / f"{dag_id(number)}.yaml").write_text(_yaml({dag_id(number): _dag_factory_config(number)}))
    (folder / "load_yaml.py").write_text(
        "from airflow.sdk import DAG  # noqa: F401\n"
        "from dagfactory import load_yaml_dags\n\n"
        f"load_yaml_dags(globals_dict=globals(), dags_folder={str(folder)!r})\n"
    )


def write_python_files(folder: Path, count: int) -> None:
    """Write ``count`` Dag files as a person would."""
    for number in range(count):
        lines = [
            "from airflow.providers.standard.operators.empty import EmptyOperator",
            "from airflow.sdk import DAG, Param",
            "",
            "with DAG(",
            f"    {dag_id(number)!r},",
            f"    description='Benchmark process {number}.',",
            "    schedule=None,",
            "    tags=['benchmark'],",
            "    params={",
            "        'host': Param('localhost', type='string', description='Machine to look at.'),",
            f"        'limit': Param({80 + number % 20}, type='integer'),",
            "        'dry_run': Param(True, type='boolean'),",
            "    },",
            "):",
            *(f"    {task} = EmptyOperator(task_id={task!r}{_rule_argument(task)})" for task in TASKS),
            *(f"    {source} >> {target}" for source, target in EDGES),
        ]
        (folder / f"{dag_id(number)}.py").write_text("\n".join(lines) + "\n")


CONTESTANTS = (
    Contestant("this factory", write_templates, compiles=True),
    Contestant("dag-factory", write_dag_factory_files),
    Contestant("hand-written", write_python_files),
)


def _rule_argument(task: str) -> str:
    return f", trigger_rule={ANY_PATH!r}" if task == JOIN else ""


def _dag_factory_config(number: int) -> Mapping[str, Any]:
    return {
        "description": f"Benchmark process {number}.",
        "schedule": None,
        "tags": ["benchmark"],
        "params": {"host": "localhost", "limit": 80 + number % 20, "dry_run": True},
        "tasks": {
            task: {
                "operator": EMPTY_OPERATOR,
                **({"trigger_rule": ANY_PATH} if task == JOIN else {}),
                "dependencies": [source for source, target in EDGES if target == task],
            }
            for task in TASKS
        },
    }


def _yaml(data: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(data, sort_keys=False)
