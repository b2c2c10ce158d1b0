"""``airflow ops templates check | show | convert | schema | new``: arguments to work, results to the screen."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from airflow_ops_plugin.cli.check import Checked, NothingToCheckError, Outcome, check_files, find_files
from airflow_ops_plugin.cli.check_summary import summarize
from airflow_ops_plugin.cli.convert_template import ConvertError
from airflow_ops_plugin.cli.convert_template import convert as convert_template
from airflow_ops_plugin.cli.mermaid import to_mermaid
from airflow_ops_plugin.cli.new_template import NewTemplateError, create, describe, library_templates
from airflow_ops_plugin.cli.spec_text import to_text
from airflow_ops_plugin.library import LibraryMissingError, library_folder
from dag_factory.compiler import TemplateSource, compile_template
from dag_factory.dag_spec import DagSpec, as_plain_data
from dag_factory.frontends.json_format import json_schema

FILES_FOR_A_PROGRESS_BAR = 50


def check(args: argparse.Namespace) -> None:
    """Compile the templates at ``args.paths`` and print what was found."""
    try:
        folders = find_files(args.paths)
    except NothingToCheckError as error:
        _fail(2, f"airflow ops templates check: {error}")
    with _progress(sum(map(len, folders.values()))) as progress:
        bar = progress.add_task("checking", total=sum(map(len, folders.values())))
        checked = check_files(
            folders, timeout_seconds=args.timeout, jobs=args.jobs, on_done=lambda: progress.advance(bar)
        )
    if args.summary:
        summary = summarize(checked)
        print(json.dumps(asdict(summary), indent=2) if args.format == "json" else summary.text())
    elif args.format == "json":
        print(json.dumps([_as_data(one) for one in checked], indent=2))
    else:
        _print_findings(checked)
    raise SystemExit(0 if all(one.is_good for one in checked) else 1)


def show(args: argparse.Namespace) -> None:
    """Print the Dags of the template ``args.file``."""
    if not args.file.is_file():
        _fail(2, f"airflow ops templates show: {args.file}: there is no such file")
    source = TemplateSource(args.file.name, args.file.read_bytes(), args.file.parent.absolute())
    compiled = compile_template(source)
    for diagnostic in compiled.diagnostics:
        print(diagnostic.render(str(args.file)), file=sys.stderr)
    if compiled.is_broken:
        raise SystemExit(1)
    if args.format == "json":
        print(json.dumps([as_plain_data(spec) for spec in compiled.dags], indent=2, ensure_ascii=False))
    else:
        to_form: Callable[[DagSpec], str] = to_mermaid if args.format == "mermaid" else to_text
        print("\n\n".join(to_form(spec) for spec in compiled.dags))


def schema(args: argparse.Namespace) -> None:
    """Print the JSON Schema of JSON templates."""
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def new(args: argparse.Namespace) -> None:
    """Write a new template from one of the library, or list the library."""
    try:
        library = library_folder()
        if args.is_list:
            for name, path in library_templates(library).items():
                print(f"{name:<32} {path.suffix[1:]:<5} {describe(path)}")
            return
        if not args.name or not args.source:
            raise NewTemplateError("NAME and --from TEMPLATE are needed (--list shows the library)")
        for path in create(args.name, source=args.source, library=library, folder=args.folder):
            print(f"wrote {path}")
    except (NewTemplateError, LibraryMissingError) as error:
        _fail(2, f"airflow ops templates new: {error}")


def convert(args: argparse.Namespace) -> None:
    """Write the template ``args.file`` in the other language."""
    if not args.file.is_file():
        _fail(2, f"airflow ops templates convert: {args.file}: there is no such file")
    try:
        written, found = convert_template(args.file, to=args.to, folder=args.folder)
    except ConvertError as error:
        _fail(1, f"airflow ops templates convert: {error}")
    for diagnostic in found:
        print(diagnostic.render(str(args.file)), file=sys.stderr)
    for path in written:
        print(f"wrote {path}")


def _print_findings(checked: Sequence[Checked]) -> None:
    for one in checked:
        for line in one.lines():
            print(line)
    counts = Counter(one.outcome for one in checked)
    told = ", ".join(f"{counts[outcome]} {outcome.replace('_', ' ')}" for outcome in Outcome if counts[outcome])
    print(f"{len(checked)} templates: {told}", file=sys.stderr)


def _as_data(checked: Checked) -> dict[str, object]:
    return {
        "file": str(checked.path),
        "outcome": checked.outcome,
        "dags": list(checked.dag_ids),
        "problem": checked.problem,
        "diagnostics": [asdict(one) for one in (*checked.diagnostics, *checked.shared)],
    }


def _progress(count: int) -> Progress:
    """Return a progress bar on stderr, which stays away from logs and from short work."""
    is_wanted = sys.stderr.isatty() and count >= FILES_FOR_A_PROGRESS_BAR
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_wanted)


def _fail(code: int, message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(code)
