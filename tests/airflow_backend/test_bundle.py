"""The bundle by itself: what it compiles, writes, keeps and builds again."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from template_samples import broken_sample, sample, write

if TYPE_CHECKING:
    from dag_factory.airflow_backend.bundle import TemplateDagBundle

Make = Callable[..., "TemplateDagBundle"]

HOSTILE_NAMES = [
    "qu'ote\".json",
    "line\nbreak.json",
    "${HOME}.json",
    "{{ 1 }}.json",
    "-rf.json",
    "x.json.py.json",
    "a.py/b.json",
    "a.json",
    "a.json.py/c.json",
    "__pycache__/d.json",
    "ümläut ☃.json",
    f"{'l' * 240}.json",
    "/".join(["d" * 100] * 12) + "/deep.json",
]


def parse(bundle: TemplateDagBundle) -> Any:
    """Return what Airflow finds in the bundle."""
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)


def stubs_of(bundle: TemplateDagBundle) -> dict[str, str]:
    """Return the text of each file in the bundle, by its path."""
    paths = [path for path in bundle.path.rglob("*") if path.is_file()]
    return {path.relative_to(bundle.path).as_posix(): path.read_text() for path in paths}


def test_making_a_bundle_touches_no_file(make_bundle: Make, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    bundle = make_bundle()
    assert bundle.get_current_version() is None
    assert bundle.path
    assert sorted(tmp_path.rglob("*")) == before


def test_each_template_is_a_file_of_its_own(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a"))
    write(templates, "net/b.json", sample("b"))
    write(templates, "bad.json", broken_sample("bad"))
    bundle = make_bundle()
    bundle.initialize()
    bag = parse(bundle)
    assert {dag_id: dag.relative_fileloc for dag_id, dag in bag.dags.items()} == {
        "a": "a.json.py",
        "b": "net/b.json.py",
    }
    assert set(bag.import_errors) == {"bad.json.py"}


def test_a_dag_that_cannot_be_built_here_is_an_import_error_of_its_own(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a", triggers=[{"type": "cron", "cron": "0 3 * * *"}]))
    write(templates, "b.json", sample("b"))
    bundle = make_bundle()
    bundle.initialize()
    (spec,) = [path for path in (bundle._store.folder / "specs").iterdir() if '"dag_id":"a"' in path.read_text()]
    spec.unlink()
    bag = parse(bundle)
    assert set(bag.dags) == {"b"}
    assert bag.import_errors["a.json.py"].startswith(f"BrokenTemplate: {spec} does not exist; every machine")


def test_the_same_templates_give_the_same_bytes_and_version(make_bundle: Make, templates: Path, tmp_path: Path) -> None:
    write(templates, "a.json", sample("a"))
    write(templates, "bad.json", broken_sample("bad"))
    first = make_bundle()
    first.initialize()
    before = stubs_of(first), first.get_current_version()
    for folder in ("bundles", "store"):
        shutil.rmtree(tmp_path / folder)
    second = make_bundle()
    second.initialize()
    assert (stubs_of(second), second.get_current_version()) == before


def test_only_the_files_of_changed_templates_are_written(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a"))
    write(templates, "b.json", sample("b"))
    bundle = make_bundle()
    bundle.initialize()
    kept = (bundle.path / "b.json.py").stat()
    old = (bundle.path / "a.json.py").stat()
    version = bundle.get_current_version()
    write(templates, "a.json", sample("a", "new"))
    bundle.refresh()
    assert (bundle.path / "b.json.py").stat() == kept
    assert (bundle.path / "a.json.py").stat().st_ino != old.st_ino
    assert bundle.get_current_version() != version


def test_an_edit_is_seen_even_when_size_and_time_stay_the_same(make_bundle: Make, templates: Path) -> None:
    path = write(templates, "a.json", sample("a", "old"))
    bundle = make_bundle()
    bundle.initialize()
    before = path.stat()
    version = bundle.get_current_version()
    write(templates, "a.json", sample("a", "new"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    bundle.refresh()
    assert bundle.get_current_version() != version


def test_an_edit_that_is_taken_back_gives_the_version_of_before(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a", "old"))
    bundle = make_bundle()
    bundle.initialize()
    version, stubs = bundle.get_current_version(), stubs_of(bundle)
    write(templates, "a.json", sample("a", "new"))
    bundle.refresh()
    write(templates, "a.json", sample("a", "old"))
    bundle.refresh()
    assert (bundle.get_current_version(), stubs_of(bundle)) == (version, stubs)


def test_deleted_templates_leave_nothing_behind(make_bundle: Make, templates: Path) -> None:
    path = write(templates, "net/a.json", sample("a"))
    bundle = make_bundle()
    bundle.initialize()
    path.unlink()
    bundle.refresh()
    assert list(bundle.path.iterdir()) == []


def test_a_folder_may_take_the_place_of_a_template_and_back(make_bundle: Make, templates: Path) -> None:
    path = write(templates, "a.json", sample("a"))
    bundle = make_bundle()
    bundle.initialize()
    path.unlink()
    write(templates, "a.json/b.json", sample("b"))
    bundle.refresh()
    assert set(parse(bundle).dags) == {"b"}
    shutil.rmtree(path)
    write(templates, "a.json", sample("a"))
    bundle.refresh()
    assert set(parse(bundle).dags) == {"a"}


def test_equal_dag_ids_break_both_templates_and_name_both(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("same"))
    write(templates, "b.json", sample("same"))
    write(templates, "c.json", sample("other"))
    bundle = make_bundle()
    bundle.initialize()
    bag = parse(bundle)
    assert set(bag.dags) == {"other"}
    assert "is also used by b.json" in bag.import_errors["a.json.py"]
    assert "is also used by a.json" in bag.import_errors["b.json.py"]
    (templates / "b.json").unlink()
    bundle.refresh()
    assert set(parse(bundle).dags) == {"same", "other"}


def test_a_script_beside_the_template_is_part_of_it(make_bundle: Make, templates: Path) -> None:
    nodes = [
        {"id": "start", "type": "start"},
        {"id": "run", "type": "script", "file": "run.sh"},
        {"id": "end", "type": "end"},
    ]
    edges = [{"from": "start", "to": "run"}, {"from": "run", "to": "end"}]
    write(templates, "a.json", sample("a", nodes=nodes, edges=edges))
    bundle = make_bundle()
    bundle.initialize()
    assert "run.sh" in parse(bundle).import_errors["a.json.py"]
    (templates / "run.sh").write_text("echo 1")
    bundle.refresh()
    assert parse(bundle).dags["a"].get_task("run").script == "echo 1"
    (templates / "run.sh").write_text("echo 2")
    bundle.refresh()
    assert parse(bundle).dags["a"].get_task("run").script == "echo 2"


def test_a_template_that_cannot_be_read_is_reported(make_bundle: Make, templates: Path) -> None:
    from dag_factory.airflow_backend.template_folder import LARGEST_READ_BYTES

    with (templates / "huge.json").open("wb") as file:
        file.truncate(LARGEST_READ_BYTES + 1)
    bundle = make_bundle()
    bundle.initialize()
    assert "huge.json DF008 error: the file cannot be read: it has" in parse(bundle).import_errors["huge.json.py"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_file_names_give_a_dag_and_do_no_harm(make_bundle: Make, templates: Path, name: str) -> None:
    write(templates, name, sample("good"))
    write(templates, name.replace(".json", "_bad.json") if len(name) < 200 else "bad.json", broken_sample("bad"))
    bundle = make_bundle()
    bundle.initialize()
    bag = parse(bundle)
    assert set(bag.dags) == {"good"}
    assert len(bag.import_errors) == 1
    relative = bag.dags["good"].relative_fileloc
    assert len(relative) < 1000
    assert all(len(part.encode()) < 200 and not part.startswith(".") for part in relative.split("/"))
    assert "\n" not in relative


def test_all_hostile_names_together_collide_nowhere(make_bundle: Make, templates: Path) -> None:
    for number, name in enumerate(HOSTILE_NAMES):
        write(templates, name, sample(f"d{number}"))
    bundle = make_bundle()
    bundle.initialize()
    assert len(parse(bundle).dags) == len(HOSTILE_NAMES)


def test_stubs_hold_nothing_but_escaped_text_of_people(make_bundle: Make, templates: Path) -> None:
    write(templates, 'a"""\nimport os\n#.json', broken_sample('"""\nimport os\n'))
    bundle = make_bundle()
    bundle.initialize()
    ((path, text),) = stubs_of(bundle).items()
    assert text.isascii()
    assert len(text.splitlines()) == 3
    assert "\n" not in path


def test_a_missing_templates_folder_leaves_everything_as_it_was(make_bundle: Make, templates: Path) -> None:
    from dag_factory.airflow_backend.template_folder import TemplatesFolderError

    write(templates, "a.json", sample("a"))
    make_bundle().initialize()
    templates.rename(templates.with_name("unmounted"))
    bundle = make_bundle()
    bundle.initialize()
    with pytest.raises(TemplatesFolderError):
        bundle.refresh()
    assert set(parse(bundle).dags) == {"a"}


def test_a_stub_that_somebody_has_deleted_comes_back_with_the_next_change(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a"))
    bundle = make_bundle()
    bundle.initialize()
    shutil.rmtree(bundle.path)
    bundle.refresh()
    assert set(parse(bundle).dags) == {"a"}


def test_a_version_is_built_again_from_the_store_alone(make_bundle: Make, templates: Path) -> None:
    write(templates, "a.json", sample("a", "old"))
    tracking = make_bundle()
    tracking.initialize()
    version = tracking.get_current_version()
    assert version is not None
    write(templates, "a.json", sample("a", "new"))
    tracking.refresh()
    shutil.rmtree(templates)
    pinned = make_bundle(version=version.version)
    pinned.initialize()
    assert pinned.path != tracking.path
    assert pinned.get_current_version() == version
    assert parse(pinned).dags["a"].get_task("result").result == {"message": "'old'"}
    assert parse(tracking).dags["a"].get_task("result").result == {"message": "'new'"}


def test_a_fixed_version_cannot_be_refreshed(make_bundle: Make, templates: Path) -> None:
    from dag_factory.errors import DagFactoryError

    with pytest.raises(DagFactoryError, match="has the fixed version"):
        make_bundle(version="0" * 64).refresh()


def test_an_unknown_version_says_where_it_should_be(make_bundle: Make, tmp_path: Path) -> None:
    from dag_factory.airflow_backend.template_store import StoreError

    with pytest.raises(StoreError, match="does not exist; every machine that runs tasks needs the store_folder"):
        make_bundle(version="0" * 64).initialize()


def test_at_task_start_only_the_dag_of_the_task_is_built(
    make_bundle: Make, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(templates, "a.json", sample("a"))
    write(templates, "b.json", sample("b"))
    bundle = make_bundle()
    bundle.initialize()
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "b")
    assert set(parse(bundle).dags) == {"b"}


def test_a_fresh_process_compiles_nothing_when_nothing_has_changed(
    make_bundle: Make, templates: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(templates, "a.json", sample("a"))
    write(templates, "bad.json", broken_sample("bad"))
    bundle = make_bundle()
    bundle.initialize()
    caplog.clear()
    again = make_bundle()
    again.initialize()
    assert again.get_current_version() == bundle.get_current_version()
    assert [record.message for record in caplog.records if "bad.json" in record.message] == []


def _initialize(make: Callable[[], TemplateDagBundle], barrier: Any, results: Any) -> None:
    bundle = make()
    barrier.wait()
    try:
        bundle.initialize()
        results.put(sorted(path.name for path in bundle.path.iterdir()))
    except Exception as error:  # the parent asserts on it
        results.put(repr(error))


@pytest.mark.parametrize("is_pinned", [False, True])
def test_many_processes_may_initialize_at_once(make_bundle: Make, templates: Path, is_pinned: bool) -> None:
    for number in range(20):
        write(templates, f"t{number:02}.json", sample(f"t{number}"))
    version = None
    if is_pinned:
        first = make_bundle()
        first.initialize()
        version = json.loads((first.base_dir / "tracking.json").read_text())["version"]
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(6), context.Queue()
    workers = [
        context.Process(target=_initialize, args=(lambda: make_bundle(version=version), barrier, results))
        for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert found == [[f"t{number:02}.json.py" for number in range(20)]] * 6


def test_a_changed_file_is_touched_again_once_airflow_will_listen(
    make_bundle: Make, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow ignores a second change within ``min_serialized_dag_update_interval`` and looks at file times alone."""
    monkeypatch.setenv("AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "0")
    write(templates, "a.json", sample("a"))
    bundle = make_bundle()
    bundle.initialize()
    write(templates, "a.json", sample("a", "new"))
    bundle.refresh()
    path = bundle.path / "a.json.py"
    os.utime(path, (1, 1))
    bundle.refresh()
    assert path.stat().st_mtime == 1
    (due,) = bundle._touch_at.values()
    bundle._touch_at = {path: due - 2}
    bundle.refresh()
    assert path.stat().st_mtime > 1
    assert bundle._touch_at == {}
