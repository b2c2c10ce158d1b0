"""A new template made from one of the library: another id and name, everything else as it was."""

from __future__ import annotations

import re
import shutil
from difflib import get_close_matches
from pathlib import Path
from xml.sax.saxutils import escape

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
    """Return the text of ``original`` with id and name of its Dag replaced, and its layout kept.

    Where it has several Dags, each keeps its own name and gets ``name`` before its id.
    """
    text = original.read_text(encoding="utf-8")
    dags = compile_template(TemplateSource(original.name, text.encode(), original.parent)).dags
    for dag in dags:
        text = _with_id(text, original.suffix, dag.dag_id, name if len(dags) == 1 else f"{name}_{dag.dag_id}")
    if len(dags) == 1:
        text = _with_name(text, original.suffix, dags[0].display_name, name.replace("_", " ").capitalize())
    return text


def _with_id(text: str, suffix: str, old: str, new: str) -> str:
    if suffix == ".json":
        return re.sub(rf'("id"\s*:\s*)"{re.escape(old)}"', rf'\g<1>"{new}"', text, count=1)
    return re.sub(rf'(\b(?:id|bpmnElement|processRef)=)"{re.escape(old)}"', rf'\g<1>"{new}"', text)


def _with_name(text: str, suffix: str, old: str, new: str) -> str:
    if suffix == ".json":
        return re.sub(rf'("name"\s*:\s*)"{re.escape(old)}"', rf'\g<1>"{new}"', text, count=1)
    return re.sub(rf'(<[^<>]*\bprocess\b[^<>]*\bname=)"{re.escape(escape(old))}"', rf'\g<1>"{new}"', text, count=1)


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
