"""From DagSpec to Airflow's Dag: everything a spec says is there, and the same spec gives the same Dag."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dag_factory.dag_spec import DagSpec, EdgeSpec, GroupSpec, MapSpec, ParamSpec, ScheduleSpec, TaskSpec

ROOT = Path(__file__).parents[2]
EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
ITEMS = "dag_factory.airflow_backend.operators.items.ItemsOperator"
RESULT = "dag_factory.airflow_backend.operators.result.ResultOperator"

pytestmark = pytest.mark.usefixtures("airflow_home")


def rich_spec(**changes: Any) -> DagSpec:
    """Return a spec that uses every field."""
    fields: dict[str, Any] = {
        "dag_id": "rich",
        "display_name": "Rich Dag",
        "description": "All there is",
        "doc_md": "# Rich",
        "tags": ("ops", "net"),
        "template": "rich.json",
        "template_version": "2.1",
        "params": (
            ParamSpec(name="host", schema={"type": "string"}, is_required=True, description="Where"),
            ParamSpec(name="count", schema={"type": "integer", "minimum": 1}, default=3),
            ParamSpec(name="note", schema={"type": "string", "enum": ["a", "b"]}),
        ),
        "groups": (GroupSpec(group_id="inner", parent="outer", label="Inner"), GroupSpec(group_id="outer")),
        "tasks": (
            TaskSpec(
                task_id="each", operator=RESULT, arguments={"result": {}}, map=MapSpec(over="list", max_concurrency=2)
            ),
            TaskSpec(task_id="list", operator=ITEMS, arguments={"items": "[1]"}, group="inner"),
            TaskSpec(
                task_id="last",
                operator=EMPTY,
                display_name="The last",
                doc_md="Ends",
                trigger_rule="none_failed_min_one_success",
                timeout_seconds=90,
                retries=4,
                retry_delay_seconds=7,
                priority=5,
                queue="docker",
                pool="slow",
            ),
        ),
        "edges": (
            EdgeSpec(upstream="list", downstream="each"),
            EdgeSpec(upstream="each", downstream="last", label="all done"),
        ),
        "timeout_seconds": 3600,
        "max_active_runs": 2,
    }
    return DagSpec(**(fields | changes))


def build(spec: DagSpec) -> Any:
    from dag_factory.airflow_backend.build_dag import build_dag

    return build_dag(spec)


def serialize(spec: DagSpec) -> dict[str, Any]:
    from airflow.serialization.serialized_objects import DagSerialization

    return dict(DagSerialization.to_dict(build(spec)))


def test_a_dag_has_all_that_its_spec_says() -> None:
    dag = build(rich_spec())
    assert (dag.dag_id, dag.dag_display_name, dag.description, dag.doc_md) == (
        "rich",
        "Rich Dag",
        "All there is",
        "# Rich",
    )
    assert dag.tags == {"ops", "net"}
    assert dag.dagrun_timeout == timedelta(hours=1)
    assert dag.max_active_runs == 2
    assert dag.default_args["compiled_from"]["template"] == "rich.json"
    assert dag.default_args["compiled_from"]["version"] == "2.1"


def test_a_task_has_all_that_its_spec_says() -> None:
    dag = build(rich_spec())
    last = dag.get_task("last")
    assert (last.task_display_name, last.doc_md, last.queue, last.pool) == ("The last", "Ends", "docker", "slow")
    assert last.trigger_rule == "none_failed_min_one_success"
    assert (last.execution_timeout, last.retry_delay) == (timedelta(seconds=90), timedelta(seconds=7))
    assert (last.retries, last.priority_weight) == (4, 5)
    assert last.weight_rule == "absolute"
    assert dag.get_edge_info("each", "last") == {"label": "all done"}


def test_a_mapped_task_runs_over_the_list_of_another_even_one_that_stands_after_it() -> None:
    dag = build(rich_spec())
    each = dag.get_task("each")
    assert each.is_mapped
    assert each.max_active_tis_per_dagrun == 2
    assert "list" in each.upstream_task_ids


def test_groups_nest_and_leave_task_ids_alone() -> None:
    groups = build(rich_spec()).task_group_dict
    assert groups["inner"].parent_group.group_id == "outer"
    assert groups["inner"].label == "Inner"
    assert list(groups["inner"].children) == ["list"]


def test_params_are_required_or_have_a_default_or_take_null() -> None:
    params = build(rich_spec()).params
    assert not params.get_param("host").has_value
    assert params.get_param("host").schema == {"type": "string"}
    assert params.get_param("count").resolve() == 3
    assert params.get_param("note").resolve() is None
    assert params.get_param("note").resolve("b") == "b"


@pytest.mark.parametrize(
    ("schedule", "timetable", "periodic"),
    [
        (ScheduleSpec(), "NullTimetable", False),
        (ScheduleSpec(crons=("0 3 * * *",), timezone="Europe/Berlin"), "CronTriggerTimetable", True),
        (ScheduleSpec(crons=("0 3 * * *", "0 4 * * *")), "MultipleCronTriggerTimetable", True),
        (ScheduleSpec(interval_seconds=900), "DeltaTriggerTimetable", True),
        (ScheduleSpec(assets=("s3://a/b", "s3://a/c")), "AssetTriggeredTimetable", False),
        (ScheduleSpec(crons=("0 3 * * *",), assets=("s3://a/b",)), "AssetOrTimeSchedule", True),
        (
            ScheduleSpec(message_queues=({"name": "q", "scheme": "redis+pubsub", "channels": ["c"]},)),
            "AssetTriggeredTimetable",
            False,
        ),
    ],
)
def test_each_schedule_becomes_the_timetable_of_airflow(schedule: ScheduleSpec, timetable: str, periodic: bool) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    spec = rich_spec(params=(), schedule=schedule)
    dag = DagSerialization.from_dict(serialize(spec))
    assert type(dag.timetable).__name__ == timetable
    assert dag.timetable.periodic is periodic


def test_a_message_queue_is_watched_for_this_dag_alone() -> None:
    queue = {"name": "alarms", "scheme": "redis+pubsub", "channels": ["alarms"]}
    dag = build(rich_spec(params=(), schedule=ScheduleSpec(message_queues=(queue,))))
    asset = dag.timetable.asset_condition
    assert asset.name == "rich.alarms"
    (watcher,) = asset.watchers
    assert watcher.name == "alarms"
    assert watcher.trigger.serialize()[0].startswith("airflow.providers.redis.")


def test_start_dates_keep_their_instant() -> None:
    spec = rich_spec(params=(), schedule=ScheduleSpec(crons=("0 3 * * *",), start_date="2025-03-01T00:00:00+01:00"))
    assert build(spec).start_date == datetime(2025, 2, 28, 23, tzinfo=UTC)


def test_documentation_is_never_read_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    assert "secret.md" in build(rich_spec(doc_md=str(secret))).doc_md


def test_any_change_of_a_spec_changes_the_serialized_dag() -> None:
    from airflow.models.serialized_dag import SerializedDagModel

    tasks = rich_spec().tasks
    edited = (tasks[0], TaskSpec(task_id="list", operator=ITEMS, arguments={"items": "[2]"}, group="inner"), tasks[2])
    hashes = [SerializedDagModel.hash(serialize(spec)) for spec in (rich_spec(), rich_spec(tasks=edited), rich_spec())]
    assert hashes[0] == hashes[2]
    assert hashes[0] != hashes[1]


def test_the_same_spec_serializes_to_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(rich_spec().to_json())
    script = (
        "import json, sys\n"
        "from airflow.serialization.serialized_objects import DagSerialization\n"
        "from dag_factory.airflow_backend.build_dag import build_dag\n"
        "from dag_factory.dag_spec import DagSpec\n"
        "dag = build_dag(DagSpec.from_json(open(sys.argv[1]).read()))\n"
        "open(sys.argv[2], 'w').write(json.dumps(DagSerialization.to_dict(dag), sort_keys=True))\n"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "spec.json"), str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (TaskSpec(task_id="x", operator="no.such.Operator"), "cannot import no.such.Operator: No module named 'no'"),
        (TaskSpec(task_id="x", operator=EMPTY, arguments={"colour": 1}), f"{EMPTY} refuses task 'x': TypeError: "),
    ],
)
def test_what_this_installation_cannot_build_is_named(task: TaskSpec, message: str) -> None:
    from dag_factory.airflow_backend.build_dag import DagBuildError

    with pytest.raises(DagBuildError) as raised:
        build(DagSpec(dag_id="bad", tasks=(task,)))
    assert message in str(raised.value)


def test_a_schedule_with_required_params_is_refused_with_the_reason() -> None:
    from dag_factory.airflow_backend.build_dag import DagBuildError

    with pytest.raises(DagBuildError, match=r"Airflow refuses the Dag 'rich': .*required params"):
        build(rich_spec(schedule=ScheduleSpec(crons=("0 3 * * *",))))
