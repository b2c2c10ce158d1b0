"""How soon work gets its agent, and starts, in a whole running Airflow on PostgreSQL.

``python benchmarks/queue_latency.py [--tasks 40] [--capacity 4] [--parallelism 4]``

One run has ``--tasks`` mapped script tasks that each need the only agent for half a second, as local processes, so that
most of them wait in the queue. Measured are, for each task: from ready to leased, where ready is when it asked and the
agent had room (the later of the request and the end of the lease before); and from leased to started, which is what
Airflow needs to go on with a waiting task: the triggerer's poll, the scheduler, a process. The last line is one JSON
object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "requirements"))

import sqlalchemy as sa
from agent_airflow import AgentAirflow
from postgres_server import new_database, postgres_url

DAG = "queue_latency"


class LatencyAirflow(AgentAirflow):
    """Airflow on PostgreSQL whose scripts are local processes."""

    def __init__(self, home: Path, database: sa.URL, parallelism: int) -> None:
        self._database = database
        self._parallelism = parallelism
        self._engine = sa.create_engine(database)
        super().__init__(home, {})

    def start(self) -> None:
        """Migrate the database and start the components."""
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)
        super().start()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query, its values by ``?``."""
        names = {f"v{index}": value for index, value in enumerate(values)}
        for name in names:
            statement = statement.replace("?", f":{name}", 1)
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), names)]

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
    parser.add_argument("--parallelism", type=int, default=4)
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


def measure(airflow: LatencyAirflow, tasks: int, capacity: int) -> dict[str, list[float]]:
    """Return the durations of each kind in seconds, in order."""
    airflow.register(name="workers", kind="worker_queue", address="default", capacity=capacity)
    child = {"id": "work", "type": "script", "script": "date +%s.%N; sleep 0.5", "agent": {"kind": "worker_queue"}}
    items = ", ".join(map(str, range(tasks)))
    node = {"id": "all", "type": "parallel", "for_each": f"[{items}]", "children": [child]}
    dag_id, run_id = airflow.start_run({"id": DAG, "name": DAG, "nodes": [node], "edges": []})
    state = airflow.finish(dag_id, run_id, 900)
    assert state == "success", state
    leases = airflow.query(
        "select w.map_index, w.requested_at, a.assigned_at, a.ended_at from ops_assignment a "
        "join ops_work_item w on w.id = a.work_item_id where w.dag_id = ? order by a.id",
        dag_id,
    )
    ends = sorted(end for *_, end in leases)
    ready_to_leased, leased_to_started = [], []
    for place, (map_index, requested_at, assigned_at, _) in enumerate(leases):
        room_at = ends[place - capacity] if place >= capacity else requested_at
        ready_to_leased.append((assigned_at - max(requested_at, room_at)).total_seconds())
        leased_to_started.append(_started_at(airflow, dag_id, run_id, map_index) - _seconds(assigned_at))
    return {"ready_to_leased": sorted(ready_to_leased), "leased_to_started": sorted(leased_to_started)}


def report(found: dict[str, list[float]]) -> None:
    """Print a table, and the JSON object."""
    line: dict[str, float] = {}
    print(f"{'':<20}{'count':>8}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}")
    for name, values in found.items():
        p50, p95 = (values[min(len(values) - 1, int(len(values) * share))] * 1000 for share in (0.5, 0.95))
        print(f"{name:<20}{len(values):>8}{p50:>10.0f}{p95:>10.0f}{values[-1] * 1000:>10.0f}")
        line |= {f"{name}_p50_ms": round(p50, 1), f"{name}_p95_ms": round(p95, 1)}
    print(json.dumps(line))


def _started_at(airflow: LatencyAirflow, dag_id: str, run_id: str, map_index: int) -> float:
    """Return when the script of a task began, by its own clock."""
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/work/xcomEntries/return_value?map_index={map_index}"
    return float(airflow.call("GET", path).json()["value"]["output"].split()[0])


def _seconds(at: datetime) -> float:
    return at.timestamp()


if __name__ == "__main__":
    main()
