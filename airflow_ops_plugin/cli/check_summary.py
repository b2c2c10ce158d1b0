"""What ``airflow ops templates check --summary`` counts: outcomes, codes, time and memory over many files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from airflow_ops_plugin.cli.check import Checked, Outcome
from dag_factory.diagnostics import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts over all files, each judged by itself; seconds are those of one file, memory is the largest process's.

    :param refused_by_code: files refused, by each error code found in them.
    :param sharing_dag_ids: files that make a Dag whose id another one's Dag has as well.
    :param problems: the files that crashed or timed out, with the reason.
    """

    files: int
    compiled: int
    compiled_with_warnings: int
    refused: int
    crashed: int
    timed_out: int
    refused_by_code: dict[str, int]
    warned_by_code: dict[str, int]
    seconds_p50: float
    seconds_p95: float
    seconds_max: float
    slowest: str
    peak_memory_bytes: int
    sharing_dag_ids: int
    problems: list[str]

    def text(self) -> str:
        """Return the summary for a person to read."""
        rows = {
            name.replace("_", " "): value
            for name, value in asdict(self).items()
            if isinstance(value, int | float | str)
        }
        lines = [f"{name:<24} {value}" for name, value in rows.items()]
        for title, counts in (("refused by", self.refused_by_code), ("warned by", self.warned_by_code)):
            lines += [f"{f'{title} {code}':<24} {count}" for code, count in counts.items()]
        return "\n".join([*lines, *self.problems])


def summarize(checked: Sequence[Checked]) -> Summary:
    """Return the counts over ``checked``, which is not empty."""
    outcomes = Counter(one.outcome for one in checked)
    seconds = sorted(one.seconds for one in checked)
    slowest = max(checked, key=lambda one: one.seconds)
    return Summary(
        files=len(checked),
        compiled=outcomes[Outcome.COMPILED],
        compiled_with_warnings=outcomes[Outcome.COMPILED_WITH_WARNINGS],
        refused=outcomes[Outcome.REFUSED],
        crashed=outcomes[Outcome.CRASHED],
        timed_out=outcomes[Outcome.TIMED_OUT],
        refused_by_code=_files_by_code(checked, Severity.ERROR),
        warned_by_code=_files_by_code(checked, Severity.WARNING),
        seconds_p50=round(_at_rank(seconds, 0.5), 6),
        seconds_p95=round(_at_rank(seconds, 0.95), 6),
        seconds_max=round(slowest.seconds, 6),
        slowest=str(slowest.path),
        peak_memory_bytes=max(one.peak_bytes for one in checked),
        sharing_dag_ids=sum(any(found.code == "DF106" for found in one.shared) for one in checked),
        problems=[f"{one.path}: {one.problem}" for one in checked if one.problem],
    )


def _files_by_code(checked: Sequence[Checked], severity: Severity) -> dict[str, int]:
    """Return how many files have each code, most frequent first."""
    counts = Counter(
        code
        for one in checked
        for code in {finding.code for finding in one.diagnostics if finding.severity is severity}
    )
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _at_rank(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile of sorted ``values``."""
    return values[min(len(values) - 1, int(share * len(values)))]
