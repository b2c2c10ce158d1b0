"""Process: flow nodes and sequence flows as every frontend produces them and every rule and pass reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dag_factory.dag_spec import ScheduleSpec
from dag_factory.nodes.base import NodeFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A process variable that a run takes as input.

    :param type: ``string``, ``text``, ``integer``, ``number``, ``boolean``, ``array``, ``object``, ``date``,
        ``date-time``, ``time`` or ``any``.
    :param choices: the only values allowed; empty for any.
    :param constraints: further JSON Schema keywords (``minimum``, ``pattern`` ...).
    """

    name: str
    type: str = "any"
    default: Any = None
    is_required: bool = False
    title: str = ""
    description: str = ""
    choices: tuple[Any, ...] = ()
    constraints: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFlow:
    """An arrow from one flow node to another of the same scope.

    :param condition: expression that lets a token pass; ``None`` for always.
    :param choice: the answer of a ``manual`` source that lets a token pass; ``None`` where answers do not matter.
    :param is_default: taken when no other flow of the same source is.
    :param original_target: where the author let it lead, when the compiler has led it elsewhere.
    """

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    choice: str | None = None
    is_default: bool = False
    original_target: str = ""
    line: int | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How often an activity runs for one token: BPMN's loop characteristics.

    :param kind: ``standard`` (while ``condition``), ``sequential`` or ``parallel`` multi-instance.
    :param collection: expression whose value is the list of items.
    :param cardinality: expression whose value is the number of instances, where there is no collection.
    :param item: variable under which an instance sees its item.
    :param condition: a standard loop goes on while it is true; a multi-instance is complete once it is.
    :param maximum: bound of a standard loop.
    """

    kind: str
    collection: str | None = None
    cardinality: str | None = None
    item: str = "item"
    condition: str | None = None
    is_tested_before: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A flow node: its fields say what it does, the rest where it stands.

    :param id: unique in the process and fit for a task id.
    :param element: the id that the file gives it; empty where ``id`` is the same.
    :param fields: the node type's own fields; ``fields.type`` names the type.
    :param scope: what is inside, for a group (embedded sub-process) or ``parallel``.
    :param lane: name of the innermost lane that holds it.
    :param join: what it waits for where several flows enter: ``all`` of them, ``any`` (every path that is still
        alive, at least one), or empty for the language's own rule (see ``Process.join_is_explicit``).
    """

    id: str
    fields: NodeFields
    element: str = ""
    scope: Scope | None = None
    repetition: Repetition | None = None
    join: str = ""
    lane: str = ""
    line: int | None = None
    pointer: str | None = None

    @property
    def name(self) -> str:
        """What people call it: its name, else its id."""
        return self.fields.name or self.id

    @property
    def type(self) -> str:
        """Name of its node type."""
        return self.fields.type_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Flow nodes and the sequence flows between them; flows never cross a scope's border.

    :param kind: ``embedded``, or for BPMN ``event``, ``transaction`` or ``ad_hoc``.
    """

    kind: str = "embedded"
    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()

    def walk(self) -> Iterator[FlowNode]:
        """Yield every flow node, outer before inner, in file order."""
        for node in self.nodes:
            yield node
            if node.scope:
                yield from node.scope.walk()

    def walk_scopes(self) -> Iterator[Scope]:
        """Yield this scope and the ones inside it, outer before inner, in file order."""
        yield self
        yield from (node.scope for node in self.walk() if node.scope)

    def walk_flows(self) -> Iterator[SequenceFlow]:
        """Yield every sequence flow of this scope and the ones inside it."""
        yield from self.flows
        for node in self.nodes:
            if node.scope:
                yield from node.scope.walk_flows()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of a template; becomes one Dag.

    :param id: the Dag id.
    :param element: id of the process in its file, for diagnostics and for calls from other processes.
    :param result: what a calling process gets back: name -> expression.
    :param join_is_explicit: ``True`` for BPMN, where a node that several flows enter runs once for each token;
        ``False`` for JSON, where it waits for all paths that are still alive.
    :param has_open_variables: ``True`` for BPMN, which has no declarations: a variable that no node sets becomes an
        input of the run.
    :param is_part_of: the process that starts its runs, where the compiler made it out of a part of that one.
    :param outer_variables: names that have a meaning around such a part.
    :param is_stopped_with_owner: whether such a part ends when the task that started its run no longer waits for it.
    """

    id: str
    element: str = ""
    name: str = ""
    documentation: str = ""
    version: str = "1.0"
    tags: tuple[str, ...] = ()
    scope: Scope
    variables: tuple[Variable, ...] = ()
    schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    result: dict[str, str] | None = None
    timeout_seconds: float | None = None
    max_active_runs: int | None = None
    join_is_explicit: bool = False
    has_open_variables: bool = False
    is_part_of: str = ""
    outer_variables: frozenset[str] = frozenset()
    is_stopped_with_owner: bool = False
    line: int | None = None
    pointer: str | None = None

    def variable_names(self) -> frozenset[str]:
        """Return every name that is declared, set by some node, or known around the process."""
        declared = {variable.name for variable in self.variables}
        return (
            self.outer_variables
            | declared
            | {name for node in self.scope.walk() for name in node.fields.variables_set()}
        )
