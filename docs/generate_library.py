"""Writes docs/library.md from the templates of the library: ``python docs/generate_library.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from airflow_ops_plugin.cli.mermaid import to_mermaid
from dag_factory.compiler import TEMPLATE_SUFFIXES, TemplateSource, compile_template
from dag_factory.dag_spec import DagSpec, ParamSpec

DOCS = Path(__file__).parent
PAGE = DOCS / "library.md"
LIBRARY = DOCS.parent / "templates"

HEAD = """# The template library

Ten workflows to use as they are, or to start your own from: `airflow ops templates new NAME --from TEMPLATE`. Each is a
file in [templates/](../templates), its scripts are beside it in [templates/scripts/](../templates/scripts). All of them
are safe to try: they run in a demo mode that touches nothing outside the run until somebody turns it off (the health
check has none, as it only reads). The tests compile all of them and run them, on every way that matters, with scripts
in Docker and people answering.

This page is generated from the templates: `python docs/generate_library.py` writes it anew. In the pictures a diamond
is a decision, a slanted box waits for a person, a circle does no work.

| Template | Format | Starts | What it does |
|---|---|---|---|
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(), encoding="utf-8")


def render_page() -> str:
    """Return the whole page."""
    templates = [(path, _read(path)) for path in sorted(LIBRARY.iterdir()) if path.suffix in TEMPLATE_SUFFIXES]
    rows = "\n".join(_row(path, spec) for path, spec in templates)
    return HEAD + rows + "\n\n" + "\n".join(part for path, spec in templates for part in _section(path, spec))


def _read(path: Path) -> DagSpec:
    """Return the only Dag of a template."""
    [spec] = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent)).dags
    return spec


def _row(path: Path, spec: DagSpec) -> str:
    starts = f"`{spec.schedule.crons[0]}`" if spec.schedule.crons else "by hand"
    first_line = spec.doc_md.strip().splitlines()[0]
    return f"| [{spec.display_name}](#{spec.dag_id}) | {path.suffix[1:].upper()} | {starts} | {first_line} |"


def _section(path: Path, spec: DagSpec) -> Iterator[str]:
    yield f'<a id="{spec.dag_id}"></a>\n\n## {spec.display_name}\n'
    yield f"[templates/{path.name}](../templates/{path.name})\n"
    yield f"{spec.doc_md.strip()}\n"
    yield "| Parameter | Type | Default | Meaning |\n|---|---|---|---|"
    yield from (_parameter(param) for param in spec.params)
    yield f"\n```mermaid\n{to_mermaid(spec)}\n```\n"


def _parameter(param: ParamSpec) -> str:
    schema = param.schema
    types = schema.get("type", "any")
    kinds = [f"`{one}`" for one in schema.get("enum", ())] or ([types] if isinstance(types, str) else types)
    kind = " or ".join(one for one in kinds if one not in ("null", "`None`"))
    default = "required" if param.is_required else f"`{json.dumps(param.default, ensure_ascii=False)}`"
    meaning = ". ".join(filter(None, (schema.get("title"), param.description)))
    return f"| `{param.name}` | {kind} | {default} | {meaning} |".replace("\n", " ")


if __name__ == "__main__":
    main()
