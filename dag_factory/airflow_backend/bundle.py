"""The Dag bundle that turns templates into Dags: Airflow's Dag processor and workers get all they run from here.

This module loads what every task start needs, and not the compiler, which only the Dag processor needs.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import AIRFLOW_HOME, conf
from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion, get_bundle_version_path

from dag_factory.airflow_backend.stub import STUB_FORMAT, write_stubs
from dag_factory.airflow_backend.stub_folder import sync_folder
from dag_factory.airflow_backend.template_store import Manifest, TemplateStore, write_atomically
from dag_factory.errors import DagFactoryError

if TYPE_CHECKING:
    from dag_factory.airflow_backend.incremental_compiler import IncrementalCompiler
    from dag_factory.airflow_backend.template_folder import ListedTemplate

log = logging.getLogger(__name__)


class CompiledTemplateBundle(BaseDagBundle):
    """A bundle of templates from anywhere: a subclass says which there are, this class makes Dags of them.

    Without a version it follows the templates: ``refresh`` compiles what has changed and keeps a folder of small Python
    files, one for each template. With a version it is that version for ever, built from the store.

    :param store_folder: where compiled templates are kept, absolute or below ``AIRFLOW_HOME``; the default is
        ``template_store/<name of the bundle>``. It must be the same storage for the Dag processor and all workers, and
        it must last: runs that are under way go on with what is in it.
    :param refresh_interval: seconds between two looks at the templates.
    """

    supports_versioning = True

    def __init__(self, *, name: str, store_folder: str | None = None, refresh_interval: int = 5, **kwargs: Any) -> None:
        super().__init__(name=name, refresh_interval=refresh_interval, **kwargs)
        self._store = TemplateStore(Path(AIRFLOW_HOME, store_folder or Path("template_store", name)))
        self._pinned_version = self.version
        self._compiler: IncrementalCompiler | None = None
        self._touch_at: dict[Path, float] = {}
        self._preloaded: set[str] = set()

    @abstractmethod
    def list_templates(self) -> Sequence[ListedTemplate]:
        """Return the templates there are now.

        :raises DagFactoryError: that cannot be told; everything stays as it is then.
        """

    @property
    def path(self) -> Path:
        """Folder of the Python files that Airflow parses."""
        if self._pinned_version:
            return get_bundle_version_path(self.name, self._pinned_version)
        return self.base_dir / "tracking"

    def get_current_version(self) -> BundleVersion | None:
        """Return the version of the files in ``path``; ``None`` before ``initialize``."""
        return BundleVersion(self.version) if self.version else None

    def initialize(self) -> None:
        """Make the files in ``path`` be there. Several processes may call it at once.

        :raises DagFactoryError: the store does not have the version.
        """
        if self._pinned_version:
            self._build_version(self._pinned_version)
        else:
            self._start_tracking()
        super().initialize()

    def refresh(self) -> None:
        """Compile what has changed and bring the files in ``path`` up to date.

        :raises DagFactoryError: the templates cannot be listed, or this bundle has a fixed version.
        """
        if self._pinned_version:
            raise DagFactoryError(f"bundle {self.name!r} has the fixed version {self._pinned_version}")
        with self.lock():
            self._touch_again()
            version, manifest = self._get_compiler().compile_all(self.list_templates())
            self._preload_operators(manifest)
            self._write_stubs(version, manifest)
            self.version = version

    def _start_tracking(self) -> None:
        try:
            self.refresh()
        except DagFactoryError as error:  # an unreachable folder must not keep Airflow's commands from other bundles
            log.error("Bundle %r cannot read its templates: %s", self.name, error)
            self.path.mkdir(parents=True, exist_ok=True)

    def _build_version(self, version: str) -> None:
        if self.path.exists():
            return
        stubs = write_stubs(self._store.read_manifest(version), self._store)
        with self.lock():
            if self.path.exists():
                return
            self.versions_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.versions_dir, prefix=".new-") as scratch:
                complete = Path(scratch, "version")
                sync_folder(complete, stubs)
                self._move_into_place(complete)

    def _move_into_place(self, complete: Path) -> None:
        try:
            os.rename(complete, self.path)
        except OSError:
            if not self.path.exists():  # else another machine with the same storage was faster
                raise

    def _get_compiler(self) -> IncrementalCompiler:
        if self._compiler is None:
            from dag_factory.airflow_backend.incremental_compiler import IncrementalCompiler

            self._compiler = IncrementalCompiler(self._store, self.base_dir / "compiled.json")
        return self._compiler

    def _write_stubs(self, version: str, manifest: Manifest) -> None:
        """Bring the stubs up to date, unless they are; what a crash left half done is done again."""
        state_file = self.base_dir / "tracking.json"
        state = json.dumps({"version": version, "store": str(self._store.folder), "format": STUB_FORMAT}).encode()
        with suppress(FileNotFoundError):
            if state_file.read_bytes() == state and self.path.is_dir():
                return
            state_file.unlink()
        rewritten = sync_folder(self.path, write_stubs(manifest, self._store))
        write_atomically(state_file, state)
        due = time.monotonic() + max(conf.getint("core", "min_serialized_dag_update_interval", fallback=30), 0) + 1
        self._touch_at.update(dict.fromkeys(rewritten, due))

    def _touch_again(self) -> None:
        """Let Airflow parse each changed stub once more, a while later.

        It ignores a change that comes within ``[core] min_serialized_dag_update_interval`` of the one before, and one
        that comes while it is parsing the file, and goes by the file's time alone.
        """
        now = time.monotonic()
        for path in [path for path, due in self._touch_at.items() if due <= now]:
            del self._touch_at[path]
            with suppress(FileNotFoundError):
                os.utime(path)

    def _preload_operators(self, manifest: Manifest) -> None:
        """Import the operators here, once: the Dag processor forks a process for every file that it parses."""
        specs = {dag.spec for entry in manifest.templates.values() for dag in entry.dags} - self._preloaded
        self._preloaded |= specs
        operators = {task.operator for spec in specs for task in self._store.read_spec(spec).tasks}
        for module in sorted({operator.rpartition(".")[0] for operator in operators}):
            try:
                import_module(module)
            except Exception as error:  # the stub that needs it reports this with the name of its task
                log.warning("Cannot import %s: %s", module, error)


def find_templates_folder(configured: str | None = None) -> Path:
    """Return the folder of templates: ``configured``, else ``[ops] templates_folder``, else ``templates``."""
    return Path(AIRFLOW_HOME, configured or conf.get("ops", "templates_folder", fallback="") or "templates")


class TemplateDagBundle(CompiledTemplateBundle):
    """The bundle of the templates (``.json``, ``.bpmn``) in a folder and the folders below it.

    :param templates_folder: absolute, or below ``AIRFLOW_HOME``; the default is ``[ops] templates_folder``.
    """

    def __init__(self, *, templates_folder: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.templates_folder = find_templates_folder(templates_folder)

    def list_templates(self) -> Sequence[ListedTemplate]:
        """Return the templates in the folder.

        :raises TemplatesFolderError: it does not exist or cannot be listed.
        """
        from dag_factory.airflow_backend.template_folder import list_templates

        return list_templates(self.templates_folder)
