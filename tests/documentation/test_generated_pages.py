"""What the documents promise is so: generated pages are up to date, examples work, every code has its heading."""

from __future__ import annotations

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.frontends.json_format import BPMN_ONLY, json_schema
from dag_factory.nodes.base import NODE_TYPES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.json"))
RUNNABLE = ("decision", "end", "group", "parallel", "parallel_gateway", "script", "start", "task")
"""Examples that need nothing outside this machine and no time to wait for."""


def generator(name: str) -> Any:
    """Return the module ``docs/<name>.py``."""
    spec = spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_example(path: Path) -> Any:
    return compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))


@pytest.mark.parametrize("name", ["generate_reference", "generate_library"])
def test_a_generated_page_is_up_to_date(name: str) -> None:
    module = generator(name)
    assert module.PAGE.read_text(encoding="utf-8") == module.render_page(), f"run: python docs/{name}.py"


def test_the_published_schema_is_the_one_that_checks_templates() -> None:
    published = (DOCS / "schema" / "template.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == json_schema(), "run: make schema"


def test_every_field_of_every_node_type_is_in_the_reference() -> None:
    page = (DOCS / "template-reference.md").read_text(encoding="utf-8")
    for name in (name for name in NODE_TYPES if name not in BPMN_ONLY):
        assert f"### Node `{name}`" in page
        for field, info in NODE_TYPES[name].model_fields.items():
            assert f"| `{info.alias or field}` |" in page, (name, field)


def test_every_node_type_has_an_example() -> None:
    names = {path.stem for path in EXAMPLES}
    assert [name for name in NODE_TYPES if name not in BPMN_ONLY and name not in names] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_compiles_without_a_finding(path: Path) -> None:
    compiled = compile_example(path)
    assert [item.render(path.name) for item in compiled.diagnostics] == []
    assert compiled.dags


@pytest.mark.parametrize("name", RUNNABLE)
def test_an_example_runs(name: str, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dag_factory.airflow_backend.build_dag import build_dag

    monkeypatch.setenv("AIRFLOW__OPS__SCRIPT_RUNNER", "process")
    [spec] = compile_example(DOCS / "examples" / f"{name}.json").dags
    run = run_dag(build_dag(spec), {"folder": "/"} if name == "script" else None)
    assert run.state == "success", (run.states, run.errors)
    assert "success" in run.states.values()


def test_codes_and_headings_are_the_same() -> None:
    sources = [path for package in ("dag_factory", "airflow_ops_plugin") for path in (ROOT / package).rglob("*.py")]
    used = {code for path in sources for code in re.findall(r'"(DF\d{3})"', path.read_text(encoding="utf-8"))}
    page = (DOCS / "diagnostics.md").read_text(encoding="utf-8")
    assert used == set(re.findall(r"^### (DF\d{3})$", page, re.MULTILINE))


def test_links_between_documents_lead_somewhere() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert missing == []
