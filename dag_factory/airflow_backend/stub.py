"""The small Python files that stand for templates in the eyes of Airflow's Dag processor, and what they call."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from dag_factory.airflow_backend.build_dag import build_dag
from dag_factory.airflow_backend.safe_name import make_safe_name, make_short_hash
from dag_factory.airflow_backend.template_dag import report_broken_template
from dag_factory.airflow_backend.template_store import Manifest, ManifestEntry, TemplateStore
from dag_factory.errors import DagFactoryError

STUB_FORMAT = 1
"""Goes up when the text of the stubs changes, so that they are written again."""

LONGEST_PATH_BYTES = 800
"""Of a stub's whole path; Airflow's tables end at 1024."""


def load_dag(*, store: str, dag_id: str, spec: str, source: str) -> DAG | None:
    """Return the Dag of a stored DagSpec; called by stubs.

    :return: ``None`` when Airflow wants another Dag at the moment, which it says when it starts a task.
    """
    wanted = get_parsing_context().dag_id
    if wanted is not None and wanted != dag_id:
        return None
    stored = TemplateStore(Path(store))
    try:
        return build_dag(stored.read_spec(spec), stored.find_source(source), spec)
    except DagFactoryError as error:
        return report_broken_template(str(error))


def write_stubs(manifest: Manifest, store: TemplateStore) -> dict[str, str]:
    """Return the text of each stub by its path, with ``/`` between folders."""
    stubs: dict[str, str] = {}
    for name, entry in sorted(manifest.templates.items()):
        if entry.dags or entry.problem:
            stubs[stub_path(name)] = stub_text(name, entry, store)
    return stubs


def stub_path(name: str) -> str:
    """Return the path of the stub of the template ``name``: ``net/backup.json.py``.

    Parts that are not safe or too long are replaced by something readable with a hash; different names always get
    different paths.
    """
    parts = [make_safe_name(part) for part in name.split("/")]
    path = "/".join(parts)
    if len(path.encode()) > LONGEST_PATH_BYTES:
        path = f"deep-{make_short_hash(name)}/{parts[-1]}"
    return f"{path}.py"


def stub_text(name: str, entry: ManifestEntry, store: TemplateStore) -> str:
    """Return the Python text of one stub. All that comes from people is written as escaped literals."""
    lines = [f"# An Airflow Dag file, generated from the template {name!a}: change the template, not this file."]
    if entry.problem:
        lines.append("from dag_factory.airflow_backend.template_dag import report_broken_template")
        lines.append(f"dag = report_broken_template({entry.problem!a})")
    else:
        lines.append("from dag_factory.airflow_backend.stub import load_dag")
        for number, dag in enumerate(entry.dags, start=1):
            arguments = f"store={str(store.folder)!a}, dag_id={dag.dag_id!a}"
            arguments += f", spec={dag.spec!a}, source={entry.source!a}"
            lines.append(f"dag_{number} = load_dag({arguments})")
    return "\n".join(lines) + "\n"
