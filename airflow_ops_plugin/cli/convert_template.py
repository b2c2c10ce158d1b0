"""Turns a template from one language into the other: BPMN to JSON, and JSON to BPMN with a diagram."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dag_factory.compiler import TemplateSource, read_template_file
from dag_factory.diagnostics import Diagnostic, has_errors
from dag_factory.frontends.bpmn_writer import json_to_bpmn
from dag_factory.frontends.json_writer import process_to_json


class ConvertError(Exception):
    """A template cannot be converted; the message says why."""


def convert(path: Path, *, to: str | None, folder: Path) -> tuple[list[Path], Sequence[Diagnostic]]:
    """Write the template ``path`` in the other language and return the files, and what was found while reading.

    :param to: ``bpmn`` or ``json``; ``None`` for the one that ``path`` is not in.
    :param folder: where to write; a file that exists is never overwritten.
    :raises ConvertError: the template has errors, is in that language already, or a file exists. Nothing is written.
    """
    is_json = path.suffix.lower() == ".json"
    wanted = to or ("bpmn" if is_json else "json")
    if is_json == (wanted == "json"):
        raise ConvertError(f"{path} is a {wanted} file already")
    content = path.read_bytes()
    read = read_template_file(TemplateSource(path.name, content, path.parent.absolute()))
    if has_errors(read.diagnostics) or not read.processes:
        lines = "\n".join(found.render(str(path)) for found in read.diagnostics if found.is_error)
        raise ConvertError(f"{path} has errors:\n{lines}")
    if is_json:
        data = json.loads(content.decode("utf-8-sig"))
        files = {f"{path.stem}.bpmn": json_to_bpmn(data, read.processes[0].id)}
    else:
        stem = path.name.partition(".")[0]
        files = {
            f"{stem if len(read.processes) == 1 else process.id}.json": _text(process_to_json(process))
            for process in read.processes
        }
    return _write(files, folder), read.diagnostics


def _text(template: dict[str, object]) -> bytes:
    return (json.dumps(template, indent=2, ensure_ascii=False) + "\n").encode()


def _write(files: dict[str, bytes], folder: Path) -> list[Path]:
    targets = {folder / name: content for name, content in files.items()}
    for target in targets:
        if target.exists():
            raise ConvertError(f"{target} exists; move it away, or give another --folder")
    folder.mkdir(parents=True, exist_ok=True)
    for target, content in targets.items():
        target.write_bytes(content)
    return list(targets)
