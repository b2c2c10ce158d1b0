"""TemplateStore: sources, DagSpecs and manifests on disk by content hash, so that every version can be built again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dag_factory.airflow_backend.safe_name import make_safe_name
from dag_factory.dag_spec import DagSpec
from dag_factory.errors import DagFactoryError

MANIFEST_FORMAT = 1
"""Goes up when a manifest of this code cannot be read by older code."""


class StoreError(DagFactoryError):
    """The store lacks something, or holds something else than was put there."""


@dataclass(frozen=True, slots=True)
class StoredDag:
    """A Dag of a template and the hash under which its DagSpec is stored."""

    dag_id: str
    spec: str


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One template of one version.

    :param source: name of the stored text, for people to look at.
    :param dags: its Dags; empty when it is broken.
    :param problem: what is wrong with it, a finding on each line; empty when it is good.
    """

    source: str
    dags: tuple[StoredDag, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All templates of one version of a bundle, by name."""

    templates: Mapping[str, ManifestEntry]

    def to_json(self) -> str:
        """Return canonical JSON: same value, same bytes."""
        entries = {name: asdict(entry) for name, entry in self.templates.items()}
        document = {"format": MANIFEST_FORMAT, "templates": entries}
        return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Return the value that ``to_json`` wrote.

        :raises StoreError: newer code wrote it.
        """
        document = json.loads(text)
        if document["format"] != MANIFEST_FORMAT:
            raise StoreError(f"the manifest has format {document['format']}, this code reads format {MANIFEST_FORMAT}")
        return cls({name: _entry_from_data(data) for name, data in document["templates"].items()})


class TemplateStore:
    """A folder to which files are only ever added, each named after the hash of its content.

    Several processes, also on several machines, may use it at once: a file appears by an atomic rename.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put_spec(self, spec: DagSpec) -> str:
        """Keep ``spec`` and return its hash."""
        text = spec.to_json().encode()
        name = _hash(text)
        self._put("specs", f"{name}.json", text)
        return name

    def read_spec(self, name: str) -> DagSpec:
        """Return the DagSpec with hash ``name``.

        :raises StoreError: it is not there, or damaged.
        """
        return DagSpec.from_json(self._read("specs", f"{_check_hash(name)}.json", name))

    def put_source(self, content: bytes, template: str) -> str:
        """Keep the text of a template for Airflow's source view, in UTF-8, and return the name it has here.

        :param template: name of the template, whose last part the text's file gets: Airflow shows it to people.
        """
        text = decode_for_view(content).encode()
        name = f"{_hash(text)}/{make_safe_name(template.rpartition('/')[2])}"
        self._put("sources", name, text)
        return name

    def find_source(self, name: str) -> Path:
        """Return the path of the text with the name that ``put_source`` returned."""
        return self.folder / "sources" / name

    def put_manifest(self, manifest: Manifest) -> str:
        """Keep ``manifest`` and return its version."""
        text = manifest.to_json().encode()
        version = _hash(text)
        self._put("manifests", f"{version}.json", text)
        return version

    def read_manifest(self, version: str) -> Manifest:
        """Return the manifest of ``version``.

        :raises StoreError: it is not there, or damaged.
        """
        return Manifest.from_json(self._read("manifests", f"{_check_hash(version)}.json", version).decode())

    def _put(self, kind: str, name: str, content: bytes) -> None:
        path = self.folder / kind / name
        if _has_size(path, len(content)):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)

    def _read(self, kind: str, name: str, expected_hash: str) -> bytes:
        path = self.folder / kind / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise StoreError(
                f"{path} does not exist; every machine that runs tasks needs the store_folder of the machine that "
                "compiles the templates"
            ) from None
        if _hash(content) != expected_hash:
            raise StoreError(f"{path} is damaged: its content does not have the hash in its name")
        return content


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` so that a reader sees the old file or the whole new one."""
    new = f"{path.parent}/.new-{secrets.token_hex(12)}"
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            os.fchmod(descriptor, 0o644)  # whatever the umask: workers may be other users
            file.write(content)
        os.replace(new, path)
    except OSError:
        os.unlink(new)
        raise


def decode_for_view(content: bytes) -> str:
    """Return the text of a template as good as it can be read; databases take neither NUL nor lone surrogates."""
    return _decode(content).replace("\0", "\N{REPLACEMENT CHARACTER}")


_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][\w.-]{0,40})["']""", re.ASCII)


def _decode(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    declared = _XML_ENCODING.match(content)
    for encoding in ("utf-8", declared.group(1).decode() if declared else "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _entry_from_data(data: Mapping[str, object]) -> ManifestEntry:
    dags = data["dags"]
    assert isinstance(dags, list)
    return ManifestEntry(str(data["source"]), tuple(StoredDag(**dag) for dag in dags), str(data["problem"]))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_hash(name: str) -> str:
    """Return ``name``, which becomes part of a path.

    :raises StoreError: it is no hash.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", name):
        raise StoreError(f"{name!r} is no version of this bundle: it should be 64 hexadecimal digits")
    return name


def _has_size(path: Path, size: int) -> bool:
    """Return whether the file is there and whole: a machine that loses power may leave a shorter one."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False
