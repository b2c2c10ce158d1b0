"""What an element says beyond the drawing, in terms that no vendor owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who should do the work of a person; texts with ``${...}``."""

    assignees: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A value under a name: an input of an element, or a variable that it sets.

    :param value: text with ``${...}``, or lists and mappings of them.
    """

    target: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptWork:
    """A script in one of the languages that run.

    :param environment: texts with ``${...}``.
    :param outputs: variable -> expression over the script's result.
    """

    language: str
    script: str
    environment: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpWork:
    """An HTTP request; ``url``, ``headers``, ``query`` and ``body`` are texts with ``${...}``.

    :param outputs: variable -> expression over the result (``status``, ``headers``, ``body``).
    """

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    outputs: dict[str, str] = field(default_factory=dict)
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AssignWork:
    """A variable that gets the value of an expression, in canonical form."""

    variable: str
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWork:
    """A decision of DMN.

    :param key: its id.
    :param outputs: variable -> expression over the fields of ``DecisionTableNode``'s result.
    :param sets_outputs: the outputs of the decision become variables of their names.
    """

    key: str
    outputs: dict[str, str] = field(default_factory=dict)
    sets_outputs: bool = False


@dataclass(frozen=True, slots=True)
class ModelWork:
    """Decisions of one DMN model, by name, whose inputs are what the element gives under their names.

    :param model: name of the ``definitions`` of the DMN file.
    :param decisions: their names, or ids.
    """

    model: str
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnboundWork:
    """Work that only the vendor's engine could do.

    :param reason: what the element names, as in ``names the Java class 'a.B'``.
    :param key: the name alone, under which a handler may be declared; empty for none.
    """

    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class OperatorWork:
    """An Airflow operator; ``arguments`` hold texts with ``${...}``."""

    operator: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IdleWork:
    """Something without any effect that lasts; ``reason`` says what."""

    reason: str


Work = ScriptWork | HttpWork | AssignWork | DecisionWork | ModelWork | OperatorWork | UnboundWork | IdleWork


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a failed attempt is repeated, and how long after."""

    retries: int
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a call activity calls.

    :param process: id of the process, or an expression as it stands in the file.
    :param inputs: what the called run gets.
    :param outputs: variable here -> expression over the variables there.
    :param passes_all: the file asks to pass every variable on.
    :param returns_all: the file asks to get every variable back.
    """

    process: str = ""
    is_expression: bool = False
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    passes_all: bool = False
    returns_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a multi-instance runs over: an expression, and the variable of one item."""

    expression: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorEvent:
    """An event whose kind only a vendor's extension tells."""

    definition: str
    reference: str = ""
    correlation: str | None = None
