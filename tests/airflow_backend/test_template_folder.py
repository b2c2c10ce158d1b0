"""Listing templates: every template is found, nothing else, and no file name or link does harm."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("airflow_home")


def names(folder: Path) -> list[str]:
    from dag_factory.airflow_backend.template_folder import list_templates

    return [listed.name for listed in list_templates(folder)]


def test_templates_are_found_in_all_folders_below(templates: Path) -> None:
    (templates / "net" / "core").mkdir(parents=True)
    for name in ("b.json", "net/a.bpmn", "net/core/C.JSON"):
        (templates / name).write_text("{}")
    assert names(templates) == ["b.json", "net/a.bpmn", "net/core/C.JSON"]


@pytest.mark.parametrize(
    "name", [".hidden.json", "a.json~", "#a.json", "~$a.bpmn", ".a.json.swp", "a.json.tmp", "a.py"]
)
def test_hidden_temporary_and_other_files_are_left_out(templates: Path, name: str) -> None:
    (templates / name).write_text("{}")
    assert names(templates) == []


def test_hidden_folders_are_left_out(templates: Path) -> None:
    (templates / ".git").mkdir()
    (templates / ".git" / "a.json").write_text("{}")
    assert names(templates) == []


def test_links_are_followed_inside_the_folder_and_never_out_of_it(templates: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (templates / "..data").mkdir()
    (templates / "..data" / "mounted.json").write_text("{}")
    (templates / "mounted.json").symlink_to("..data/mounted.json")
    (templates / "out.json").symlink_to(tmp_path / "secret.json")
    (templates / "up.json").symlink_to("../secret.json")
    (templates / "dangling.json").symlink_to("nowhere.json")
    (templates / "loop").symlink_to(templates)
    assert names(templates) == ["mounted.json"]


def test_the_folder_itself_may_be_a_link(templates: Path, tmp_path: Path) -> None:
    (templates / "a.json").write_text("{}")
    (tmp_path / "current").symlink_to(templates)
    assert names(tmp_path / "current") == ["a.json"]


def test_pipes_and_folders_that_are_called_like_templates_do_not_block(templates: Path) -> None:
    os.mkfifo(templates / "pipe.json")
    (templates / "folder.json").mkdir()
    (templates / "folder.json" / "a.json").write_text("{}")
    assert names(templates) == ["folder.json/a.json"]


def test_a_pipe_that_takes_a_files_place_does_not_block(templates: Path) -> None:
    from dag_factory.airflow_backend.template_folder import TemplatesFolderError, list_templates

    path = templates / "a.json"
    path.write_text("{}")
    (listed,) = list_templates(templates)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(TemplatesFolderError, match="no ordinary file"):
        listed.read()


def test_a_name_that_is_no_utf_8_becomes_printable_and_stays_unique(templates: Path) -> None:
    for raw in (b"caf\xe9.json", b"caf\xe8.json"):
        with open(os.fsencode(templates) + b"/" + raw, "w") as file:
            file.write("{}")
    found = names(templates)
    assert len(set(found)) == 2
    for name in found:
        name.encode("utf-8")
        assert name.endswith(".json")


def test_a_folder_that_is_missing_is_an_error_and_not_an_empty_folder(templates: Path) -> None:
    from dag_factory.airflow_backend.template_folder import TemplatesFolderError

    with pytest.raises(TemplatesFolderError, match="cannot list the templates folder"):
        names(templates / "missing")


def test_a_fingerprint_is_trusted_only_when_a_later_edit_must_change_it(templates: Path) -> None:
    from dag_factory.airflow_backend.template_folder import SETTLED_AFTER_NS, compute_fingerprint

    path = templates / "a.json"
    path.write_text("{}")
    now_ns = time.time_ns()
    assert compute_fingerprint(path, now_ns) is None
    later_ns = now_ns + 2 * SETTLED_AFTER_NS
    settled = compute_fingerprint(path, later_ns)
    assert settled is not None
    path.write_text("[]")
    os.utime(path, ns=(path.stat().st_atime_ns, now_ns))
    assert compute_fingerprint(path, later_ns) != settled
