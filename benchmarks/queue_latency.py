"""How soon work gets its agent, and starts, in a whole running Airflow on PostgreSQL.

``python benchmarks/queue_latency.py [--tasks 40] [--capacity 4] [--parallelism 8]``

One run has ``--tasks`` mapped script tasks that each need the only agent for half a second, as local processes, so that
most of them wait in the queue. Measured are for each task: from ready to leased, where ready is when it asked and the
agent had room (the later of the request and the end of the lease before); and from leased to started. For those that
waited, the way in between is taken apart: until Airflow has woken the task (``leased_to_woken``), until the scheduler
has queued it for a worker (``woken_to_queued``), until its script runs (``queued_to_started``).

The run begins with a burst: all tasks start at once to ask for the agent, as fast as the machine can start processes.
Leases made until the last one has asked are counted apart (``burst``) from those made afterwards (``steady``). The last
line is one JSON object, explained in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "requirements"))

import sqlalchemy as sa
from agent_airflow import AgentAirflow
from postgres_server import new_database, postgres_url

DAG = "queue_latency"
PHASES = ("burst", "steady")
FIGURES = ("ready_to_leased", "leased_to_started", "leased_to_woken", "woken_to_queued", "queued_to_started")

Durations = dict[tuple[str, str], list[float]]
"""Seconds, in order, by phase and figure."""


@dataclass(frozen=True, slots=True)
class Lease:
    """When a task went through the steps to its agent, in seconds since the epoch.

    :param woken_at: when Airflow last scheduled the task instance: before the lease where it never waited.
    """

    map_index: int
    requested_at: float
    assigned_at: float
    ended_at: float
    woken_at: float
    queued_at: float


class LatencyAirflow(AgentAirflow):
    """Airflow on PostgreSQL whose scripts are local processes."""

    def __init__(self, home: Path, database: sa.URL, parallelism: int) -> None:
        self._database = database
        self._parallelism = parallelism
        self._engine = sa.create_engine(database)
        super().__init__(home, {})

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query, its values by ``?``."""
        names = {f"v{index}": value for index, value in enumerate(values)}
        for name in names:
            statement = statement.replace("?", f":{name}", 1)
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), names)]

    def _prepare_database(self) -> None:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self._database.render_as_string(hide_password=False),
            "AIRFLOW__CORE__PARALLELISM": str(self._parallelism),
            "AIRFLOW__OPS__SCRIPT_RUNNER": "process",
            "AIRFLOW__OPS__ALLOW_PROCESS_SCRIPTS": "True",
        }


def main() -> None:
    """Run the benchmark and print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--capacity", type=int, default=4)
    parser.add_argument("--parallelism", type=int, default=8)
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="queue-latency-"))
    with postgres_url() as server, new_database(server) as database:
        airflow = LatencyAirflow(home, database, args.parallelism)
        try:
            airflow.start()
            report(measure(airflow, args.tasks, args.capacity))
        finally:
            airflow.stop()
            shutil.rmtree(home, ignore_errors=True)


def measure(airflow: LatencyAirflow, tasks: int, capacity: int) -> Durations:
    """Return the durations of a run."""
    airflow.register(name="workers", kind="worker_queue", address="default", capacity=capacity)
    child = {"id": "work", "type": "script", "script": "date +%s.%N; sleep 0.5", "agent": {"kind": "worker_queue"}}
    items = ", ".join(map(str, range(tasks)))
    node = {"id": "all", "type": "parallel", "for_each": f"[{items}]", "children": [child]}
    dag_id, run_id = airflow.start_run({"id": DAG, "name": DAG, "nodes": [node], "edges": []})
    state = airflow.finish(dag_id, run_id, 900)
    assert state == "success", state
    rows = airflow.query(
        "select w.map_index, w.requested_at, a.assigned_at, a.ended_at, t.scheduled_dttm, t.queued_dttm "
        "from ops_assignment a join ops_work_item w on w.id = a.work_item_id join task_instance t on t.id = w.ti_id "
        "where w.dag_id = ? order by a.id",
        dag_id,
    )
    leases = [Lease(row[0], *(at.timestamp() for at in row[1:])) for row in rows]
    ends = sorted(lease.ended_at for lease in leases)
    burst_ends_at = max(lease.requested_at for lease in leases)
    found: Durations = {(phase, name): [] for phase in PHASES for name in FIGURES}
    for place, lease in enumerate(leases):
        phase = "burst" if lease.assigned_at <= burst_ends_at else "steady"
        room_at = ends[place - capacity] if place >= capacity else lease.requested_at
        started_at = _started_at(airflow, dag_id, run_id, lease.map_index)
        found[phase, "ready_to_leased"].append(lease.assigned_at - max(lease.requested_at, room_at))
        found[phase, "leased_to_started"].append(started_at - lease.assigned_at)
        if lease.woken_at > lease.assigned_at:
            found[phase, "leased_to_woken"].append(lease.woken_at - lease.assigned_at)
            found[phase, "woken_to_queued"].append(lease.queued_at - lease.woken_at)
            found[phase, "queued_to_started"].append(started_at - lease.queued_at)
    return {key: sorted(values) for key, values in found.items() if values}


def report(found: Durations) -> None:
    """Print a table, and the JSON object."""
    line: dict[str, float] = {}
    print(f"{'':<26}{'count':>8}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}")
    for (phase, figure), values in found.items():
        name = f"{phase}_{figure}"
        p50, p95 = (values[min(len(values) - 1, int(len(values) * share))] * 1000 for share in (0.5, 0.95))
        print(f"{name:<26}{len(values):>8}{p50:>10.0f}{p95:>10.0f}{values[-1] * 1000:>10.0f}")
        line |= {f"{name}_p50_ms": round(p50, 1), f"{name}_p95_ms": round(p95, 1)}
    print(json.dumps(line))


def _started_at(airflow: LatencyAirflow, dag_id: str, run_id: str, map_index: int) -> float:
    """Return when the script of a task began, by its own clock."""
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/work/xcomEntries/return_value?map_index={map_index}"
    return float(airflow.call("GET", path).json()["value"]["output"].split()[0])


if __name__ == "__main__":
    main()
