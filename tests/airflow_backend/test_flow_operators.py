"""The operators that carry the flow, run by Airflow: decisions, joins, lists of items, results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dag_factory.dag_spec import DagSpec, EdgeSpec, MapSpec, ParamSpec, TaskSpec

OPERATORS = "dag_factory.airflow_backend.operators"
EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
ANY_PATH = "none_failed_min_one_success"
PARAMS = (
    ParamSpec(name="load", schema={"type": "number"}, default=0),
    ParamSpec(name="items", schema={}, default=None),
    ParamSpec(name="folder", schema={"type": ["null", "string"]}, default=""),
)
READS = {"load": []}


def empty(task_id: str, **fields: Any) -> TaskSpec:
    return TaskSpec(task_id=task_id, operator=EMPTY, **fields)


def decide(**arguments: Any) -> TaskSpec:
    return TaskSpec(
        task_id="decide",
        operator=f"{OPERATORS}.decision.DecisionOperator",
        arguments={
            "variables": READS,
            "branches": [
                {"condition": "load > 90", "target": "page", "label": "overload"},
                {"condition": "load > 50", "target": "note", "label": "busy"},
            ],
            **arguments,
        },
    )


def dag_of(dag_id: str, tasks: tuple[TaskSpec, ...], edges: Mapping[str, tuple[str, ...]]) -> Any:
    from dag_factory.airflow_backend.build_dag import build_dag

    pairs = tuple(EdgeSpec(upstream=source, downstream=target) for source, ends in edges.items() for target in ends)
    return build_dag(DagSpec(dag_id=dag_id, params=PARAMS, tasks=tasks, edges=pairs))


def decision_dag(dag_id: str, **arguments: Any) -> Any:
    tasks = (decide(**arguments), empty("page"), empty("note"), empty("rest"))
    return dag_of(dag_id, tasks, {"decide": ("page", "note", "rest")})


def test_the_first_true_condition_wins_and_later_ones_are_not_evaluated(run_dag: Any) -> None:
    run = run_dag(decision_dag("first", default={"target": "rest", "label": "else"}), {"load": 95})
    assert run.states == {"decide": "success", "page": "success", "note": "skipped", "rest": "skipped"}
    assert run.xcom("decide") == "page"
    assert run.xcom("decide", "decision") == {
        "inputs": {"load": 95},
        "matched": ["overload"],
        "chosen": ["page"],
        "rules": [
            {"label": "overload", "condition": "load > 90", "result": True},
            {"label": "busy", "condition": "load > 50", "result": None},
        ],
    }


def test_an_inclusive_decision_follows_every_true_condition(run_dag: Any) -> None:
    run = run_dag(decision_dag("every", mode="inclusive", default={"target": "rest"}), {"load": 95})
    assert run.states == {"decide": "success", "page": "success", "note": "success", "rest": "skipped"}
    assert run.xcom("decide") == ["page", "note"]


def test_the_default_is_followed_when_no_condition_is_true(run_dag: Any) -> None:
    run = run_dag(decision_dag("else", default={"target": "rest", "label": "calm"}), {"load": 10})
    assert run.states == {"decide": "success", "page": "skipped", "note": "skipped", "rest": "success"}
    assert run.xcom("decide", "decision")["matched"] == []
    assert run.xcom("decide", "decision")["chosen"] == ["rest"]


def test_a_text_that_somebody_emptied_in_the_form_has_its_default(run_dag: Any) -> None:
    branches = [{"condition": "folder == ''", "target": "note", "label": "none"}]
    dag = decision_dag("decide_emptied", variables={"folder": []}, branches=branches)
    assert run_dag(dag, {"folder": None}).states["note"] == "success"


def test_a_decision_with_no_way_on_fails_with_conditions_and_values(run_dag: Any) -> None:
    run = run_dag(decision_dag("nowhere"), {"load": 10})
    assert run.state == "failed"
    assert run.states["decide"] == "failed"
    (error,) = run.errors["decide"]
    assert str(error) == (
        "decision 'decide' has no way on: no condition is true (overload: load > 90; busy: load > 50) "
        "with load = 10, and there is no default"
    )
    assert run.xcom("decide", "decision")["rules"][0]["result"] is False


def test_a_condition_that_does_not_fit_the_values_fails_and_says_which(run_dag: Any) -> None:
    branches = [{"condition": "items > 3", "target": "page", "label": "many"}]
    variables = {"items": []}
    run = run_dag(decision_dag("misfit", branches=branches, variables=variables), {"items": "a text"})
    (error,) = run.errors["decide"]
    assert str(error).startswith("decision 'decide' cannot decide: branch 'many': cannot evaluate items > 3")


def join(tokens: str) -> TaskSpec:
    arguments = {"expected": ["page", "note"], "tokens": tokens}
    return TaskSpec(
        task_id="join", operator=f"{OPERATORS}.join.JoinOperator", arguments=arguments, trigger_rule=ANY_PATH
    )


def join_dag(dag_id: str, tokens: str) -> Any:
    tasks = (
        decide(mode="inclusive", default={"target": "rest"}),
        empty("page"),
        empty("note"),
        empty("rest"),
        join(tokens),
    )
    return dag_of(dag_id, tasks, {"decide": ("page", "note", "rest"), "page": ("join",), "note": ("join",)})


@pytest.mark.parametrize(
    ("tokens", "load", "state"),
    [
        ("all", 95, "success"),
        ("all", 60, "failed"),
        ("all", 10, "skipped"),
        ("one", 60, "success"),
        ("one", 95, "failed"),
    ],
)
def test_a_join_wants_the_tokens_of_its_gateway(run_dag: Any, tokens: str, load: int, state: str) -> None:
    run = run_dag(join_dag(f"join_{tokens}_{load}", tokens), {"load": load})
    assert run.states["join"] == state


def test_a_join_names_the_paths_that_bring_no_token(run_dag: Any) -> None:
    (error,) = run_dag(join_dag("join_names", "all"), {"load": 60}).errors["join"]
    assert str(error).startswith("the parallel join 'join' waits for a token from 'page', which took another path")


def each_dag(dag_id: str, items: str) -> Any:
    items_task = TaskSpec(
        task_id="list",
        operator=f"{OPERATORS}.items.ItemsOperator",
        arguments={"items": items, "variables": {"items": []}},
    )
    each = TaskSpec(
        task_id="each",
        operator=f"{OPERATORS}.result.ResultOperator",
        arguments={"result": {"double": "it * 2"}, "item_variable": "it"},
        map=MapSpec(over="list"),
    )
    return dag_of(dag_id, (items_task, each), {"list": ("each",)})


def test_a_mapped_task_runs_once_for_each_item(run_dag: Any) -> None:
    run = run_dag(each_dag("each", "items"), {"items": [3, 4]})
    assert run.state == "success", run.errors
    assert [run.xcom("each", map_index=index) for index in (0, 1)] == [{"double": 6}, {"double": 8}]


def test_a_list_may_be_written_as_json(run_dag: Any) -> None:
    assert run_dag(each_dag("as_json", "items"), {"items": "[5]"}).xcom("each", map_index=0) == {"double": 10}


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"a": 1}, "the value of items in 'list' must be a list, it is an object: {'a': 1}"),
        ("text", "the value of items in 'list' must be a list, it is a text: 'text'"),
        (None, "the value of items in 'list' must be a list, it is nothing"),
        ([0] * 1025, "the value of items in 'list' has 1025 items, and Airflow runs at most 1024"),
    ],
)
def test_what_cannot_be_mapped_over_fails_with_the_reason(run_dag: Any, items: Any, message: str) -> None:
    (error,) = run_dag(each_dag("no_list", "items"), {"items": items}).errors["list"]
    assert str(error).startswith(message)
