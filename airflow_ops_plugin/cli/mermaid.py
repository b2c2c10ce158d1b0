"""A ``DagSpec`` as a Mermaid flowchart, for documents and reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dag_factory.dag_spec import DagSpec, EdgeSpec, TaskSpec
from dag_factory.nodes.base import EMPTY_OPERATOR

SHAPES = {
    "DecisionOperator": ("{", "}"),
    "EmptyOperator": ("((", "))"),
    "JoinOperator": ("((", "))"),
    "ManualOperator": ("[/", "/]"),
}


def to_mermaid(spec: DagSpec) -> str:
    """Return the flowchart of ``spec``: a node for each task, a subgraph for each group, labels on the edges.

    Tasks that only carry a flow on, which the compiler adds, are drawn as the arrow that they stand for.
    """
    drawn, edges = _without_carriers(spec)
    ids = {task.task_id: f"t{number}" for number, task in enumerate(drawn)}
    lines = [f"%% {spec.dag_id}", "flowchart LR", *_scope(spec, drawn, None, ids, "  ")]
    for edge in edges:
        label = f"|{_quoted(edge.label)}|" if edge.label else ""
        lines.append(f"  {ids[edge.upstream]} -->{label} {ids[edge.downstream]}")
    return "\n".join(lines)


def _without_carriers(spec: DagSpec) -> tuple[list[TaskSpec], list[EdgeSpec]]:
    """Return the tasks and edges to draw. The id of a carrier has a dot, which no id in a template can have."""
    carriers = {task.task_id for task in spec.tasks if "." in task.task_id and task.operator == EMPTY_OPERATOR}
    entering = {edge.downstream: edge for edge in spec.edges if edge.downstream in carriers}
    leaving = Counter(edge.upstream for edge in spec.edges)
    carriers &= {carrier for carrier in entering if leaving[carrier] == 1}
    edges = []
    for edge in spec.edges:
        if edge.downstream in carriers:
            continue
        start = edge
        while start.upstream in carriers:
            start = entering[start.upstream]
        edges.append(EdgeSpec(upstream=start.upstream, downstream=edge.downstream, label=start.label or edge.label))
    return [task for task in spec.tasks if task.task_id not in carriers], edges


def _scope(
    spec: DagSpec, tasks: Sequence[TaskSpec], group: str | None, ids: dict[str, str], indent: str
) -> Iterator[str]:
    for task in tasks:
        if task.group == group:
            yield f"{indent}{ids[task.task_id]}{_shape(task)}"
    for number, inner in enumerate(spec.groups):
        if inner.parent == group:
            yield f"{indent}subgraph g{number} [{_quoted(inner.label or inner.group_id)}]"
            yield from _scope(spec, tasks, inner.group_id, ids, indent + "  ")
            yield f"{indent}end"


def _shape(task: TaskSpec) -> str:
    before, after = SHAPES.get(task.operator.rpartition(".")[2], ("[", "]"))
    is_nameless = before == "((" and not task.display_name
    return f"{before}{_quoted('+' if is_nameless else task.display_name or task.task_id)}{after}"


def _quoted(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return '"' + " ".join(escaped.split()) + '"'
