"""IncrementalCompiler: compiles the templates that have changed and remembers the rest, also between processes."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import dag_factory
from dag_factory.airflow_backend.template_folder import ListedTemplate, TemplatesFolderError, compute_fingerprint
from dag_factory.airflow_backend.template_store import (
    Manifest,
    ManifestEntry,
    StoredDag,
    StoreError,
    TemplateStore,
    write_atomically,
)
from dag_factory.compiler import CompiledTemplate, TemplateSource, check_together, compile_template
from dag_factory.diagnostics import Diagnostic, Severity, has_errors
from dag_factory.frontends.sibling_files import SiblingFileError, read_sibling

MOST_FINDINGS = 200
"""How many findings the message of one template shows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sibling:
    """A file beside a template that its compilation has read; ``sha256`` is empty for one that could not be used."""

    sha256: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledRecord:
    """What is remembered of a template.

    :param fingerprint: that of the template when its content was last looked at.
    :param content: SHA-256 of its content.
    :param folder: where its siblings are; empty for none.
    :param source: name of its text in the store.
    :param dags: its Dags; the DagSpecs are in the store.
    """

    fingerprint: str | None
    content: str
    folder: str = ""
    source: str = ""
    siblings: dict[str, Sibling] = field(default_factory=dict)
    dags: tuple[StoredDag, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class IncrementalCompiler:
    """Compiles the templates of one bundle.

    :param store: receives sources, DagSpecs and manifests.
    :param memory: the file in which this machine remembers what it has compiled; it may be deleted at any time.
    """

    def __init__(self, store: TemplateStore, memory: Path) -> None:
        self._store = store
        self._memory = memory
        self._records: dict[str, CompiledRecord] | None = None
        self._compiled: dict[str, CompiledTemplate] = {}
        self._built: tuple[str, Manifest] | None = None

    def compile_all(self, listed: Sequence[ListedTemplate]) -> tuple[str, Manifest]:
        """Return the version and the manifest of the templates as they are now; the store has both."""
        before = self._load_records()
        after = {}
        for template in listed:
            record = self._bring_up_to_date(template, before.get(template.name))
            if record is not None:
                after[template.name] = record
        if self._built is None or _contents(before) != _contents(after):
            manifest = self._build_manifest(after)
            self._built = self._store.put_manifest(manifest), manifest
        if before != after:
            self._save_records(after, self._built[0])
        self._records = after
        return self._built

    def _bring_up_to_date(self, template: ListedTemplate, known: CompiledRecord | None) -> CompiledRecord | None:
        """Return the record of ``template`` as it is now; ``None`` when it has just been deleted."""
        if known is not None and known.fingerprint is not None and known.fingerprint == template.fingerprint:
            siblings = _look_at_siblings(known)
            if siblings is not None:
                return known if siblings == known.siblings else replace(known, siblings=siblings)
        started_ns = time.time_ns()
        try:
            source = template.read()
        except FileNotFoundError:
            return None
        except (OSError, TemplatesFolderError) as error:
            return self._record_unreadable(template, error)
        content = hashlib.sha256(source.content).hexdigest()
        if known is not None and known.content == content:
            siblings = _look_at_siblings(known)
            if siblings is not None:
                return replace(known, fingerprint=template.fingerprint, siblings=siblings)
        return self._compile(template, source, content, started_ns)

    def _compile(
        self, template: ListedTemplate, source: TemplateSource, content: str, started_ns: int
    ) -> CompiledRecord:
        compiled = _compile_guarded(source)
        self._compiled[template.name] = compiled
        _log_findings(template.name, compiled)
        return CompiledRecord(
            fingerprint=template.fingerprint,
            content=content,
            folder=str(source.folder) if source.folder else "",
            source=self._store.put_source(source.content, source.name),
            siblings={
                name: Sibling(digest, _fingerprint_sibling(source.folder, name, started_ns))
                for name, digest in compiled.siblings.items()
            },
            dags=tuple(StoredDag(spec.dag_id, self._store.put_spec(spec)) for spec in compiled.dags),
            diagnostics=compiled.diagnostics,
        )

    def _record_unreadable(self, template: ListedTemplate, error: Exception) -> CompiledRecord:
        reason = getattr(error, "strerror", None) or str(error)
        diagnostic = Diagnostic(
            code="DF008",
            message=f"the file cannot be read: {reason}",
            remedy="make it readable for the user that runs the Dag processor",
        )
        self._compiled[template.name] = CompiledTemplate(diagnostics=(diagnostic,))
        return CompiledRecord(None, hashlib.sha256(reason.encode()).hexdigest(), diagnostics=(diagnostic,))

    def _build_manifest(self, records: Mapping[str, CompiledRecord]) -> Manifest:
        self._compiled = {name: self._recall(name, record) for name, record in records.items()}
        together = check_together(self._compiled)
        return Manifest(
            {
                name: _build_entry(name, record, (*record.diagnostics, *together.get(name, ())))
                for name, record in records.items()
            }
        )

    def _recall(self, name: str, record: CompiledRecord) -> CompiledTemplate:
        """Return what compiling ``name`` gave, from the store when this process has not compiled it."""
        if name not in self._compiled:
            specs = tuple(self._store.read_spec(dag.spec) for dag in record.dags)
            self._compiled[name] = CompiledTemplate(dags=specs, diagnostics=record.diagnostics)
        return self._compiled[name]

    def _load_records(self) -> dict[str, CompiledRecord]:
        """Return what is remembered, in this process or from an earlier one that ran the same code."""
        if self._records is None:
            self._records = {}
            try:
                document = json.loads(self._memory.read_bytes())
                if document["code"] == hash_of_code() and document["store"] == str(self._store.folder):
                    self._built = document["version"], self._store.read_manifest(document["version"])
                    self._records = {name: _record_from_data(data) for name, data in document["records"].items()}
            except (FileNotFoundError, ValueError, KeyError, TypeError, StoreError) as error:
                log.info("Compiling every template: nothing is remembered (%s)", error)
        return self._records

    def _save_records(self, records: Mapping[str, CompiledRecord], version: str) -> None:
        document = {
            "code": hash_of_code(),
            "store": str(self._store.folder),
            "version": version,
            "records": {name: asdict(record) for name, record in records.items()},
        }
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._memory, json.dumps(document).encode())


@cache
def hash_of_code() -> str:
    """Return a hash over the Python files of this package: what other code has compiled is compiled again."""
    assert dag_factory.__file__ is not None
    root = Path(dag_factory.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def describe_problem(name: str, diagnostics: Iterable[Diagnostic]) -> str:
    """Return the findings about one template as compilers print them, one on each line, below a heading."""
    lines = [" ".join(item.render(name).splitlines()) for item in diagnostics]
    if len(lines) > MOST_FINDINGS:
        lines[MOST_FINDINGS:] = [f"... and {len(lines) - MOST_FINDINGS} more"]
    text = "\n".join([f"{name} is no Dag until this is put right:", *lines])
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _compile_guarded(source: TemplateSource) -> CompiledTemplate:
    try:
        return compile_template(source)
    except Exception as error:  # a mistake in the compiler must not take the other templates down
        log.exception("Compiling %s failed", source.name)
        return CompiledTemplate(
            diagnostics=(
                Diagnostic(
                    code="DF009",
                    message=f"the compiler itself failed: {type(error).__name__}: {error}",
                    remedy="report this with the file; the log of the Dag processor has the details",
                ),
            )
        )


def _build_entry(name: str, record: CompiledRecord, diagnostics: Sequence[Diagnostic]) -> ManifestEntry:
    if has_errors(diagnostics):
        return ManifestEntry(record.source, problem=describe_problem(name, diagnostics))
    return ManifestEntry(record.source, dags=record.dags)


def _look_at_siblings(record: CompiledRecord) -> dict[str, Sibling] | None:
    """Return the siblings with their present fingerprints; ``None`` when the content of one has changed."""
    now_ns = time.time_ns()
    folder = Path(record.folder) if record.folder else None
    found = {}
    for name, sibling in record.siblings.items():
        fingerprint = _fingerprint_sibling(folder, name, now_ns) if sibling.sha256 else None
        is_same = fingerprint is not None and fingerprint == sibling.fingerprint
        if not is_same and _hash_sibling(folder, name) != sibling.sha256:
            return None
        found[name] = Sibling(sibling.sha256, fingerprint)
    return found


def _fingerprint_sibling(folder: Path | None, name: str, now_ns: int) -> str | None:
    try:
        return compute_fingerprint(folder / name, now_ns) if folder is not None else None
    except OSError:
        return None


def _hash_sibling(folder: Path | None, name: str) -> str:
    try:
        return read_sibling(folder, name)[1]
    except (SiblingFileError, OSError):
        return ""


def _contents(records: Mapping[str, CompiledRecord]) -> dict[str, tuple[Any, ...]]:
    """Return what of the records decides about the manifest."""
    return {name: (record.source, record.dags, record.diagnostics) for name, record in records.items()}


def _log_findings(name: str, compiled: CompiledTemplate) -> None:
    for diagnostic in compiled.diagnostics:
        log.log(logging.ERROR if diagnostic.is_error else logging.INFO, "%s", diagnostic.render(name))


def _record_from_data(data: Mapping[str, Any]) -> CompiledRecord:
    known = dict(data)
    known["siblings"] = {name: Sibling(**item) for name, item in known["siblings"].items()}
    known["dags"] = tuple(StoredDag(**item) for item in known["dags"])
    known["diagnostics"] = tuple(
        Diagnostic(**{**item, "severity": Severity(item["severity"])}) for item in known["diagnostics"]
    )
    return CompiledRecord(**known)
