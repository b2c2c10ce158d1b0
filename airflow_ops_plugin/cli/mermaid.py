"""A ``DagSpec`` as a Mermaid flowchart, for documents and reviews."""

from __future__ import annotations

from collections.abc import Iterator

from dag_factory.dag_spec import DagSpec, TaskSpec

SHAPES = {"DecisionOperator": ("{", "}"), "ManualOperator": ("[/", "/]"), "EmptyOperator": ("((", "))")}


def to_mermaid(spec: DagSpec) -> str:
    """Return the flowchart of ``spec``: a node for each task, a subgraph for each group, labels on the edges."""
    ids = {task.task_id: f"t{number}" for number, task in enumerate(spec.tasks)}
    lines = [f"%% {spec.dag_id}", "flowchart LR", *_scope(spec, None, ids, "  ")]
    for edge in spec.edges:
        label = f"|{_quoted(edge.label)}|" if edge.label else ""
        lines.append(f"  {ids[edge.upstream]} -->{label} {ids[edge.downstream]}")
    return "\n".join(lines)


def _scope(spec: DagSpec, group: str | None, ids: dict[str, str], indent: str) -> Iterator[str]:
    for task in spec.tasks:
        if task.group == group:
            yield f"{indent}{ids[task.task_id]}{_shape(task)}"
    for number, inner in enumerate(spec.groups):
        if inner.parent == group:
            yield f"{indent}subgraph g{number} [{_quoted(inner.label or inner.group_id)}]"
            yield from _scope(spec, inner.group_id, ids, indent + "  ")
            yield f"{indent}end"


def _shape(task: TaskSpec) -> str:
    before, after = SHAPES.get(task.operator.rpartition(".")[2], ("[", "]"))
    return f"{before}{_quoted(task.display_name or task.task_id)}{after}"


def _quoted(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return '"' + " ".join(escaped.split()) + '"'
