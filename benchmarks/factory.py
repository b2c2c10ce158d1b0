"""How fast templates become Dags, compared with astronomer's dag-factory and with hand-written Dag files.

Prints a table, and as its last line one JSON object. docs/benchmarks.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contestant import CONTESTANTS, Contestant, dag_id
from measurement import measure, measure_compile, measure_parse, measure_start, preload_airflow
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

SIZES = (10, 100, 1000)
STARTS = 15
"""Most task starts for each figure: they are short, so they scatter."""

STARTS_S = 10.0
"""CPU seconds after which no further task start is measured."""

SETTLING_S = 2.2
"""A file that has just been written is looked at again even if its time has not changed; see template_folder.py."""


@dataclass(frozen=True)
class Figures:
    """What was measured of one contestant at one size, in CPU seconds and MB.

    Each figure is the least of several runs: other processes only ever add.

    :param compile_s: compiling all templates into an empty store; 0 for contestants that do not compile.
    :param unchanged_s: looking at them again in the same process.
    :param restart_s: looking at them for the first time in another process.
    :param first_start_s: the first task start of a version on a machine.
    :param parse_mb: memory that the parse adds.
    """

    compile_s: float
    unchanged_s: float
    restart_s: float
    parse_s: float
    parse_mb: float
    first_start_s: float
    start_s: float


Measured = dict[tuple[str, int], Figures]


def main() -> None:
    """Measure, and print the table and the JSON object."""
    arguments = _read_arguments()
    sizes = SIZES[:2] if arguments.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        _set_airflow_up(Path(scratch))
        preload_airflow()
        measured = measure_all(Path(scratch), sizes, arguments.repeat)
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(draw_table(measured))
    print(json.dumps(summarize(measured, sizes)))


def measure_all(scratch: Path, sizes: Sequence[int], repeat: int) -> Measured:
    """Return the figures for each contestant and size.

    :raises SystemExit: a contestant's Dags are not those of the others.
    """
    measured: Measured = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("measuring", total=len(sizes) * len(CONTESTANTS))
        for size in sizes:
            shapes = set()
            for contestant in CONTESTANTS:
                progress.update(bar, description=f"{contestant.name}, {size} Dags")
                folder = scratch / f"{size}-{contestant.name.replace(' ', '-')}"
                measured[contestant.name, size], shape = _measure_one(folder, contestant, size, repeat)
                shapes.add(shape)
                progress.advance(bar)
            if len(shapes) > 1:
                raise SystemExit("the contestants built different Dags: the comparison would mean nothing")
    return measured


def summarize(measured: Measured, sizes: Sequence[int]) -> dict[str, float]:
    """Return the figures that the project has targets for, at the largest size."""
    small, large = sizes[0], sizes[-1]
    ours, theirs, by_hand = (measured[contestant.name, large] for contestant in CONTESTANTS)
    return {
        "templates": large,
        "compile_cold_s": round(ours.compile_s, 3),
        "compile_warm_s": round(ours.unchanged_s, 3),
        "compile_restart_s": round(ours.restart_s, 3),
        "parse_s": round(ours.parse_s, 3),
        "parse_ratio_vs_dag_factory": round(theirs.parse_s / ours.parse_s, 2),
        "parse_ratio_vs_handwritten": round(ours.parse_s / by_hand.parse_s, 2),
        "start_ms": round(1000 * ours.start_s, 1),
        f"start_ratio_{large}_vs_{small}": round(ours.start_s / measured[CONTESTANTS[0].name, small].start_s, 3),
        "start_ratio_vs_handwritten": round(ours.start_s / by_hand.start_s, 3),
        "start_ratio_vs_dag_factory": round(theirs.start_s / ours.start_s, 1),
        "parse_mb": round(ours.parse_mb, 1),
    }


def draw_table(measured: Measured) -> Table:
    """Return the table of all figures."""
    table = Table(title="10 tasks in each Dag; CPU seconds, least of several runs")
    table.add_column("Dags", justify="right")
    table.add_column("contestant", no_wrap=True)
    headings = ("compile s", "unchanged s", "restart s", "parse s", "parse MB", "first start ms", "start ms")
    for heading in headings:
        table.add_column(heading, justify="right")
    for (name, size), found in measured.items():
        compiled = (found.compile_s, found.unchanged_s, found.restart_s)
        table.add_row(
            str(size),
            name,
            *(f"{seconds:.3f}" if found.compile_s else "-" for seconds in compiled),
            f"{found.parse_s:.2f}",
            f"{found.parse_mb:.0f}",
            f"{1000 * found.first_start_s:.1f}",
            f"{1000 * found.start_s:.1f}",
        )
    return table


def _measure_one(folder: Path, contestant: Contestant, size: int, repeat: int) -> tuple[Figures, str]:
    files = folder / "files"
    files.mkdir(parents=True)
    contestant.write(files, size)
    time.sleep(SETTLING_S)
    places = [folder / f"place-{number}" for number in range(repeat if contestant.compiles else 1)]
    environments = [_environment(place, contestant, files) for place in places]
    compiled = [measure(measure_compile, environment) for environment in environments]
    restarted = [measure(measure_compile, environment) for environment in environments]
    parsed = _repeat(repeat, lambda: measure(measure_parse, environments[0]))
    wanted = dag_id(size // 2)
    arguments = (contestant.file_of(wanted), wanted, compiled[0]["version"])
    first, *started = _measure_starts(environments[0], arguments)
    shutil.rmtree(folder)
    figures = Figures(
        compile_s=min(item["first_s"] for item in compiled) if contestant.compiles else 0,
        unchanged_s=min(item["again_s"] for item in compiled),
        restart_s=min(item["first_s"] for item in restarted),
        parse_s=min(item["parse_s"] for item in parsed),
        parse_mb=min(item["added_mb"] for item in parsed),
        first_start_s=first,
        start_s=min(started),
    )
    return figures, parsed[0]["shape"]


def _measure_starts(environment: dict[str, str], arguments: Sequence[str]) -> list[float]:
    """Return the CPU seconds of task starts: the first one, and then as many as ``STARTS`` and ``STARTS_S`` allow."""
    found: list[float] = []
    while len(found) < 2 or (len(found) <= STARTS and sum(found) < STARTS_S):
        found.append(measure(measure_start, environment, *arguments)["start_s"])
    return found


def _repeat(count: int, action: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    return [action() for _ in range(count)]


def _set_airflow_up(home: Path) -> None:
    """Give this process and its children an Airflow of their own; must come before Airflow is imported."""
    sys.dont_write_bytecode = False  # installed packages have their bytecode
    for name in [name for name in os.environ if name.startswith(("AIRFLOW", "_AIRFLOW"))]:
        del os.environ[name]
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "600",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }


def _environment(place: Path, contestant: Contestant, files: Path) -> dict[str, str]:
    """Return the settings that make the contestant's files the only bundle, with everything it keeps in ``place``."""
    return {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": contestant.bundle_setting(files, place / "store"),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(place / "bundles"),
    }


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only 10 and 100 Dags (about half a minute)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each measurement (default: 3)")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat must be at least 1")
    return arguments


if __name__ == "__main__":
    main()
