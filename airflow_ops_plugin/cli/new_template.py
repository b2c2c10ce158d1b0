"""A new template made from one of the library: another id, everything else as it was."""

from __future__ import annotations

import re
import shutil
from difflib import get_close_matches
from pathlib import Path

from dag_factory.compiler import TEMPLATE_SUFFIXES, TemplateSource, compile_template

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


class NewTemplateError(Exception):
    """The template cannot be made; the message says why and what to do."""


def library_templates(library: Path) -> dict[str, Path]:
    """Return the templates of ``library`` by the name that ``--from`` takes."""
    return {path.stem: path for path in sorted(library.iterdir()) if path.suffix in TEMPLATE_SUFFIXES}


def describe(path: Path) -> str:
    """Return the first line of the description of the template at ``path``."""
    compiled = compile_template(TemplateSource(path.name, path.read_bytes(), path.parent))
    texts = [dag.description or dag.display_name for dag in compiled.dags]
    return texts[0].strip().splitlines()[0] if texts and texts[0].strip() else ""


def create(name: str, *, source: str, library: Path, folder: Path) -> list[Path]:
    """Write the template ``name`` into ``folder`` and return the files written: it, and the files it needs beside it.

    :raises NewTemplateError: bad name, no such library template, or a file exists already.
    """
    if not NAME.fullmatch(name):
        raise NewTemplateError(f"{name!r} is no template name; use letters, digits and '_', a letter first")
    original = _find(source, library_templates(library))
    target = folder / f"{name}{original.suffix}"
    if target.exists():
        raise NewTemplateError(f"{target} exists; choose another name, or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(_renamed(original, name), encoding="utf-8")
    return [target, *_copy_siblings(original, folder)]


def _find(source: str, templates: dict[str, Path]) -> Path:
    if source in templates:
        return templates[source]
    near = get_close_matches(source, templates, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see --list"
    raise NewTemplateError(f"the library has no template {source!r}; {hint}")


def _renamed(original: Path, name: str) -> str:
    """Return the text of ``original`` with the id of its Dag replaced, and its layout kept."""
    text = original.read_text(encoding="utf-8")
    compiled = compile_template(TemplateSource(original.name, text.encode(), original.parent))
    for old in (dag.dag_id for dag in compiled.dags):
        pattern = rf'("id"\s*:\s*)"{old}"' if original.suffix == ".json" else rf'(\b(?:id|bpmnElement)=)"{old}"'
        new = name if len(compiled.dags) == 1 else f"{name}_{old}"
        text = re.sub(pattern, rf'\g<1>"{new}"', text, count=1 if original.suffix == ".json" else 0)
    return text


def _copy_siblings(original: Path, folder: Path) -> list[Path]:
    compiled = compile_template(TemplateSource(original.name, original.read_bytes(), original.parent))
    copied = []
    for sibling in sorted(compiled.siblings):
        target = folder / sibling
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original.parent / sibling, target)
            copied.append(target)
    return copied
