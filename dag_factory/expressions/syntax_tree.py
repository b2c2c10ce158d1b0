"""The closed set of nodes an expression is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree; every kind is a subclass in this module."""

    def children(self) -> tuple[Node, ...]:
        """Return the nodes right below this one."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A value that stands in the text; ``1``, ``1.0`` and ``true`` are three different literals."""

    value: str | int | float | bool | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Name(Node):
    """The value of a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Subject(Node):
    """``?``: what the nearest enclosing :class:`Matches` tests."""


@dataclass(frozen=True, slots=True)
class Path(Node):
    """Data inside data: a string step is a key, a node step is computed."""

    base: Node
    steps: tuple[str | Node, ...]

    def children(self) -> tuple[Node, ...]:
        return (self.base, *(step for step in self.steps if isinstance(step, Node)))


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the allow-list; a method call is a call with its object as first argument."""

    function: str
    arguments: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class MappingOf(Node):
    """``{key: value}``."""

    entries: tuple[tuple[str, Node], ...]

    def children(self) -> tuple[Node, ...]:
        return tuple(value for _, value in self.entries)


@dataclass(frozen=True, slots=True)
class Or(Node):
    """True when one operand is; evaluated from the left until then."""

    operands: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True, slots=True)
class And(Node):
    """True when every operand is; evaluated from the left until one is not."""

    operands: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a boolean."""

    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """One of ``== != < <= > >=``."""

    operator: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """``subject in (tests)``: whether the subject meets one of the tests.

    A test is a :class:`Range`, a :class:`Holds`, or a value: equal to the subject, or a list that has it.
    """

    subject: Node
    tests: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return (self.subject, *self.tests)


@dataclass(frozen=True, slots=True)
class Range(Node):
    """A test of :class:`Matches`: between two bounds, each of them included or not."""

    low: Node
    high: Node
    includes_low: bool
    includes_high: bool

    def children(self) -> tuple[Node, ...]:
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Holds(Node):
    """A test of :class:`Matches`: a condition that speaks of ``?``."""

    condition: Node

    def children(self) -> tuple[Node, ...]:
        return (self.condition,)


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operators of one precedence, from the left: ``a + b - c`` or ``a * b / c % d``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]

    def children(self) -> tuple[Node, ...]:
        return (self.first, *(operand for _, operand in self.rest))


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """``-x``."""

    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node

    def children(self) -> tuple[Node, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` (or ``every``) ``name in items satisfies condition``."""

    is_every: bool
    name: str
    items: Node
    condition: Node

    def children(self) -> tuple[Node, ...]:
        return (self.items, self.condition)


def free_names(node: Node) -> Iterator[str]:
    """Yield the variables whose values ``node`` needs, some of them more than once."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Quantified):
        yield from free_names(node.items)
        yield from (name for name in free_names(node.condition) if name != node.name)
    else:
        for child in node.children():
            yield from free_names(child)


def is_deeper_than(node: Node, levels: int) -> bool:
    """Return whether ``node`` has more than ``levels`` levels, without recursion."""
    level: list[Node] = [node]
    for _ in range(levels):
        level = [child for parent in level for child in parent.children()]
        if not level:
            return False
    return True
