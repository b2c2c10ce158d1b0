"""``airflow ops templates new`` and ``show --format mermaid`` for every template of the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_ops_plugin.cli.mermaid import to_mermaid
from airflow_ops_plugin.cli.new_template import NewTemplateError, create
from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template

LIBRARY = Path(__file__).parents[2] / "templates"
NAMES = sorted(path.stem for path in LIBRARY.iterdir() if path.is_file())


def compile_file(path: Path) -> CompiledTemplate:
    return compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))


def test_the_library_has_ten_templates_in_both_languages() -> None:
    assert len(NAMES) == 10
    assert {path.suffix for path in LIBRARY.iterdir() if path.is_file()} == {".json", ".bpmn"}


@pytest.mark.parametrize("name", NAMES)
def test_a_new_template_has_its_own_id_and_name_and_the_scripts_it_needs(name: str, tmp_path: Path) -> None:
    written, *_ = create("night_shift", source=name, library=LIBRARY, folder=tmp_path)
    original = next(LIBRARY.glob(f"{name}.*"))
    compiled = compile_file(written)
    assert compiled.diagnostics == ()
    assert [(dag.dag_id, dag.display_name) for dag in compiled.dags] == [("night_shift", "Night shift")]
    assert [dag.tasks for dag in compiled.dags] == [dag.tasks for dag in compile_file(original).dags]
    assert written.read_text().count("\n") == original.read_text().count("\n")


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    create("mine", source="user_offboarding", library=LIBRARY, folder=tmp_path)
    with pytest.raises(NewTemplateError, match="exists; choose another name"):
        create("mine", source="user_offboarding", library=LIBRARY, folder=tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_flowchart_joins_all_it_draws_and_shows_nothing_of_the_machinery(name: str) -> None:
    [spec] = compile_file(next(LIBRARY.glob(f"{name}.*"))).dags
    text = to_mermaid(spec)
    nodes = set(re.findall(r"^ +(t\d+)[\[({]", text, re.MULTILINE))
    arrows = re.findall(r"^ +(t\d+) -->(?:\|[^|]*\|)? (t\d+)$", text, re.MULTILINE)
    assert len(nodes) > 5
    assert {end for arrow in arrows for end in arrow} == nodes
    assert '"to ' not in text
    assert len(set(arrows)) == len(arrows)
