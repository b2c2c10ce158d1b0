"""What tasks import is there before their processes are forked, and nothing of the server is among it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dag_factory.compiler import TemplateSource, compile_template

TEMPLATES = Path(__file__).parents[2] / "templates"

LATE_IMPORTS = """
import json, sys
from airflow_ops_plugin.executors.preload import preload_tasks
preload_tasks()
before = set(sys.modules)
from dag_factory.airflow_backend.build_dag import build_dag
from dag_factory.dag_spec import DagSpec
for text in json.load(sys.stdin):
    for task in build_dag(DagSpec.from_json(text)).tasks:
        task.prepare_for_execution()
from airflow_ops_plugin.operators.uses_agent import UsesAgent
from airflow_ops_plugin.worker.agent_trigger import AgentTrigger
from airflow_ops_plugin.worker.client import WorkerClient
from airflow_ops_plugin.worker.settings import WorkerSettings
WorkerClient(WorkerSettings(url="http://localhost"), renew=None)
print(json.dumps(sorted(set(sys.modules) - before)))
"""

LOADED = """
import json, sys
from airflow_ops_plugin.executors.preload import preload_tasks
preload_tasks()
print(json.dumps(sorted(sys.modules)))
"""

CELERY_WORKER = """
import json, sys
from airflow.configuration import conf
from airflow.providers.celery.executors.celery_executor_utils import create_celery_app
app = create_celery_app(conf)
before = "airflow_ops_plugin.operators.script" in sys.modules
app.loader.import_default_modules()
print(json.dumps([before, "airflow_ops_plugin.operators.script" in sys.modules]))
"""


def run(program: str, given: Any = None, **environment: str) -> Any:
    """Run a program in a process of its own, and return what it prints in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(given),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def library_specs() -> list[str]:
    paths = [path for path in sorted(TEMPLATES.iterdir()) if path.suffix in (".json", ".bpmn")]
    compiled = [compile_template(TemplateSource(path.name, path.read_bytes(), TEMPLATES)) for path in paths]
    return [spec.to_json() for one in compiled for spec in one.dags]


def test_no_task_of_the_library_imports_anything_when_its_process_has_begun() -> None:
    specs = library_specs()
    assert specs
    assert run(LATE_IMPORTS, specs) == []


def test_what_tasks_import_holds_nothing_of_the_server_and_no_compiler() -> None:
    loaded = run(LOADED)
    assert "airflow_ops_plugin.operators.script" in loaded
    server = (
        "fastapi",
        "airflow_ops_plugin.api",
        "airflow_ops_plugin.db",
        "airflow_ops_plugin.engine",
        "airflow_ops_plugin.agents.models",
        "airflow_ops_plugin.assignment.models",
        "dag_factory.compiler",
        "dag_factory.frontends",
        "dag_factory.lowering",
    )
    assert [name for name in loaded if name.startswith(server)] == []


def test_a_missing_provider_keeps_nothing_from_starting() -> None:
    program = LOADED.replace("preload_tasks()", "preload_tasks(['no.such.module', 'wave'])")
    assert "wave" in run(program)


def test_a_celery_worker_imports_what_tasks_need_before_it_forks() -> None:
    config = "airflow_ops_plugin.executors.celery_config.CELERY_CONFIG"
    assert run(CELERY_WORKER, AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS=config) == [False, True]
