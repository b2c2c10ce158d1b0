"""The store: what goes in comes out, damage is noticed, and texts are fit for a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dag_factory.dag_spec import DagSpec

pytestmark = pytest.mark.usefixtures("airflow_home")


def test_specs_and_manifests_come_back_as_they_were(tmp_path: Path) -> None:
    from dag_factory.airflow_backend.template_store import Manifest, ManifestEntry, StoredDag, TemplateStore

    store = TemplateStore(tmp_path)
    spec = DagSpec(dag_id="a", tags=("x",))
    name = store.put_spec(spec)
    assert name == spec.content_hash
    assert store.read_spec(name) == spec
    manifest = Manifest(
        {"a.json": ManifestEntry("s", (StoredDag("a", name),)), "b.json": ManifestEntry("t", (), "bad")}
    )
    assert store.read_manifest(store.put_manifest(manifest)) == manifest


def test_a_file_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    from dag_factory.airflow_backend.template_store import TemplateStore

    store = TemplateStore(tmp_path)
    spec = DagSpec(dag_id="a")
    name = store.put_spec(spec)
    (tmp_path / "specs" / f"{name}.json").write_bytes(b"")
    store.put_spec(spec)
    assert store.read_spec(name) == spec


def test_damage_is_noticed(tmp_path: Path) -> None:
    from dag_factory.airflow_backend.template_store import StoreError, TemplateStore

    store = TemplateStore(tmp_path)
    name = store.put_spec(DagSpec(dag_id="a"))
    (tmp_path / "specs" / f"{name}.json").write_text('{"dag_id":"b"}')
    with pytest.raises(StoreError, match="is damaged"):
        store.read_spec(name)


@pytest.mark.parametrize("version", ["../../etc/passwd", "", "ABC", "0" * 63, "0" * 64 + "\n"])
def test_a_version_never_leads_out_of_the_store(tmp_path: Path, version: str) -> None:
    from dag_factory.airflow_backend.template_store import StoreError, TemplateStore

    with pytest.raises(StoreError, match="is no version of this bundle"):
        TemplateStore(tmp_path).read_manifest(version)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("größe".encode(), "größe"),
        ("größe".encode("utf-8-sig"), "größe"),
        ("größe".encode("utf-16"), "größe"),
        ("größe".encode("cp1252"), "größe"),
        (
            '<?xml version="1.0" encoding="ISO-8859-2"?>ł'.encode("iso-8859-2"),
            '<?xml version="1.0" encoding="ISO-8859-2"?>ł',
        ),
        (b"a\0b", "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_sources_are_shown_in_the_encoding_they_have(content: bytes, text: str) -> None:
    from dag_factory.airflow_backend.template_store import decode_for_view

    assert decode_for_view(content) == text


@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_a_database_takes(content: bytes) -> None:
    from dag_factory.airflow_backend.template_store import decode_for_view

    text = decode_for_view(content)
    text.encode("utf-8")
    assert "\0" not in text
