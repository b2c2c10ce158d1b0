"""Real files of other projects: how many Dags each becomes, and every finding, as recorded and read by people.

The files lie outside the project; where they are missing there is nothing to compare. ``UPDATE_GOLDEN=1`` records.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dag_factory.compiler import CompiledTemplate, TemplateSource, compile_template

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT.parent / "shared" / "bpmn-samples").glob("*.bpmn"))
GOLDEN = ROOT / "tests" / "golden" / "samples"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_real_file_compiles_or_is_refused_as_recorded(path: Path) -> None:
    compiled = compile_template(TemplateSource(path.name, path.read_bytes(), None))
    text = render(path.name, compiled)
    golden = GOLDEN / f"{path.name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def render(name: str, compiled: CompiledTemplate) -> str:
    """Return the Dags with their numbers of tasks, and the findings as they are printed."""
    lines = [f"{len(compiled.dags)} Dags", *(f"{dag.dag_id}: {len(dag.tasks)} tasks" for dag in compiled.dags), ""]
    return "\n".join([*lines, *(item.render(name) for item in compiled.diagnostics)]).rstrip() + "\n"
