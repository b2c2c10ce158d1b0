"""Templates through an ordinary dags folder, for deployments where no Dag bundle can be configured.

Runs are not pinned to a version this way, and every parse builds every Dag. ``dags/ops_templates.py`` and
``dags/ops_template_errors.py`` call this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from airflow.configuration import AIRFLOW_HOME
from airflow.sdk import DAG, get_parsing_context

from dag_factory.airflow_backend.build_dag import build_dag
from dag_factory.airflow_backend.bundle import find_templates_folder
from dag_factory.airflow_backend.template_dag import BrokenTemplateDag, report_broken_template
from dag_factory.airflow_backend.template_store import Manifest, StoredDag, StoreError, TemplateStore, write_atomically
from dag_factory.errors import DagFactoryError


def build_dags() -> dict[str, DAG]:
    """Return the Dags of all good templates, by ``dag_id``; only the one needed where a task is being started."""
    wanted = get_parsing_context().dag_id
    store = _open_store()
    if wanted is None:
        return _build_good_dags(store, _compile(store))
    manifest = _read_latest(store)
    if manifest is None or wanted not in {dag.dag_id for _, dag in _list_dags(manifest)}:
        manifest = _compile(store)
    return {
        dag.dag_id: build_dag(store.read_spec(dag.spec), store.find_source(source))
        for source, dag in _list_dags(manifest)
        if dag.dag_id == wanted
    }


def report_errors() -> BrokenTemplateDag | None:
    """Return the object that makes Airflow show what is wrong with the broken templates; ``None`` when all are good."""
    store = _open_store()
    manifest = _compile(store)
    problems = [entry.problem for _, entry in sorted(manifest.templates.items()) if entry.problem]
    problems += [str(error) for _, error in _build_each(store, manifest) if isinstance(error, DagFactoryError)]
    return report_broken_template("\n\n".join(problems)) if problems else None


def _open_store() -> TemplateStore:
    return TemplateStore(Path(AIRFLOW_HOME, "template_store", "dags-folder"))


def _compile(store: TemplateStore) -> Manifest:
    """Return the manifest of the templates as they are now.

    :raises TemplatesFolderError: the templates folder does not exist.
    """
    from dag_factory.airflow_backend.incremental_compiler import IncrementalCompiler  # slow; tasks need it not
    from dag_factory.airflow_backend.template_folder import list_templates

    compiler = IncrementalCompiler(store, store.folder / "compiled.json")
    version, manifest = compiler.compile_all(list_templates(find_templates_folder()))
    write_atomically(store.folder / "latest", version.encode())
    return manifest


def _read_latest(store: TemplateStore) -> Manifest | None:
    """Return the manifest of the latest parse on this machine, which is what the scheduler knows."""
    try:
        return store.read_manifest((store.folder / "latest").read_text())
    except (FileNotFoundError, StoreError):
        return None


def _build_good_dags(store: TemplateStore, manifest: Manifest) -> dict[str, DAG]:
    return {dag.dag_id: built for dag, built in _build_each(store, manifest) if isinstance(built, DAG)}


def _build_each(store: TemplateStore, manifest: Manifest) -> Iterator[tuple[StoredDag, DAG | DagFactoryError]]:
    """Yield each Dag, or why it cannot be built: one must not take the others of the file down."""
    for source, dag in _list_dags(manifest):
        try:
            yield dag, build_dag(store.read_spec(dag.spec), store.find_source(source))
        except DagFactoryError as error:
            yield dag, error


def _list_dags(manifest: Manifest) -> Iterator[tuple[str, StoredDag]]:
    for _, entry in sorted(manifest.templates.items()):
        for dag in entry.dags:
            yield entry.source, dag
