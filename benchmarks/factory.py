"""How fast templates become Dags, compared with astronomer's dag-factory and with hand-written Dag files.

Prints a table, and as its last line one JSON object. See benchmarks/README.md for what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from contestant import CONTESTANTS, Contestant, dag_id
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

SIZES = (10, 100, 1000)
SETTLING_S = 2.2
"""A file that has just been written is looked at again even if its time has not changed; see template_folder.py."""

Figures = dict[str, float]


def main() -> None:
    """Measure, and print the table and the JSON object."""
    arguments = _read_arguments()
    sizes = SIZES[:2] if arguments.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        figures = measure_all(Path(scratch), sizes, arguments.repeat)
    console = Console(width=110) if not sys.stdout.isatty() else Console()
    console.print(draw_table(figures))
    print(json.dumps(summarize(figures, sizes), sort_keys=True))


def measure_all(scratch: Path, sizes: Sequence[int], repeat: int) -> dict[tuple[str, int], Figures]:
    """Return the medians for each contestant and size.

    :raises SystemExit: a contestant's Dags are not those of the others.
    """
    figures: dict[tuple[str, int], Figures] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("measuring", total=len(sizes) * len(CONTESTANTS))
        for size in sizes:
            shapes = set()
            for contestant in CONTESTANTS:
                progress.update(bar, description=f"{contestant.name}, {size} Dags")
                found, shape = _measure(
                    scratch / f"{size}-{contestant.name.replace(' ', '-')}", contestant, size, repeat
                )
                figures[contestant.name, size] = found
                shapes.add(shape)
                progress.advance(bar)
            if len(shapes) > 1:
                raise SystemExit("the contestants built different Dags: the comparison would mean nothing")
    return figures


def summarize(figures: dict[tuple[str, int], Figures], sizes: Sequence[int]) -> dict[str, float]:
    """Return the figures that the project has targets for, at the largest size."""
    small, large = sizes[0], sizes[-1]
    ours, theirs, by_hand = (figures[contestant.name, large] for contestant in CONTESTANTS)
    return {
        "templates": large,
        "compile_cold_s": round(ours["first_s"], 3),
        "compile_warm_s": round(ours["again_s"], 3),
        "compile_restart_s": round(ours["restart_s"], 3),
        "parse_s": round(ours["parse_s"], 3),
        "parse_ratio_vs_dag_factory": round(theirs["parse_s"] / ours["parse_s"], 2),
        "parse_ratio_vs_handwritten": round(ours["parse_s"] / by_hand["parse_s"], 2),
        "start_ms": round(1000 * ours["start_s"], 1),
        f"start_ratio_{large}_vs_{small}": round(ours["start_s"] / figures[CONTESTANTS[0].name, small]["start_s"], 3),
        "start_ratio_vs_handwritten": round(ours["start_s"] / by_hand["start_s"], 3),
        "start_total_ratio_vs_handwritten": round(ours["total_s"] / by_hand["total_s"], 3),
        "start_ratio_vs_dag_factory": round(theirs["start_s"] / ours["start_s"], 1),
        "parse_peak_mb": round(ours["peak_mb"], 1),
    }


def draw_table(figures: dict[tuple[str, int], Figures]) -> Table:
    """Return the table of all figures."""
    table = Table(title="10 tasks in each Dag; CPU seconds, medians")
    table.add_column("Dags", justify="right")
    table.add_column("contestant")
    for heading in (
        "compile s",
        "unchanged s",
        "restart s",
        "parse s",
        "start ms",
        "first start ms",
        "total s",
        "peak MB",
    ):
        table.add_column(heading, justify="right")
    for (name, size), found in figures.items():
        compiled = [f"{found[key]:.3f}" if name == CONTESTANTS[0].name else "-" for key in _COMPILE]
        first = f"{1000 * found['first_start_s']:.0f}" if name == CONTESTANTS[0].name else "-"
        table.add_row(
            str(size),
            name,
            *compiled,
            f"{found['parse_s']:.2f}",
            f"{1000 * found['start_s']:.1f}",
            first,
            f"{found['total_s']:.2f}",
            f"{found['peak_mb']:.0f}",
        )
    return table


_COMPILE = ("first_s", "again_s", "restart_s")


def _measure(folder: Path, contestant: Contestant, size: int, repeat: int) -> tuple[Figures, str]:
    files = folder / "files"
    files.mkdir(parents=True)
    contestant.write(files, size)
    time.sleep(SETTLING_S)
    environments = [_environment(folder / f"home-{number}", contestant, files) for number in range(repeat)]
    compiled = [_run(environment, "compile") for environment in environments]
    restarted = [_run(environment, "compile") for environment in environments]
    parsed = [_run(environments[0], "parse") for _ in range(repeat)]
    if version := compiled[0]["version"]:
        environments[0]["BENCHMARK_BUNDLE_VERSION"] = version
    wanted = dag_id(size // 2)
    started = [_run(environments[0], "start", contestant.file_of(wanted), wanted) for _ in range(repeat + 1)]
    figures = {
        "first_s": median(item["first_s"] for item in compiled),
        "again_s": median(item["again_s"] for item in compiled),
        "restart_s": median(item["first_s"] for item in restarted),
        "parse_s": median(item["parse_s"] for item in parsed),
        "peak_mb": median(item["peak_mb"] for item in parsed),
        "first_start_s": started[0]["start_s"],
        "start_s": median(item["start_s"] for item in started[1:]),
        "total_s": median(item["total_s"] for item in started[1:]),
    }
    return figures, parsed[0]["shape"]


def _run(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Return what ``measurement.py`` measures in a process of its own.

    :raises SystemExit: it failed.
    """
    command = [sys.executable, str(Path(__file__).with_name("measurement.py")), *arguments]
    command += [""] * (5 - len(command))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _environment(home: Path, contestant: Contestant, files: Path) -> dict[str, str]:
    """Return the environment of an Airflow of its own, with the contestant's files as its only bundle."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(files),
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "600",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": contestant.bundle_setting(files),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "DO_NOT_TRACK": "1",
        "PYTHONHASHSEED": "0",
    }


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only 10 and 100 Dags (about a minute)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="runs of each measurement (default: 5)")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat must be at least 1")
    return arguments


if __name__ == "__main__":
    main()
