"""A wait for events, made by the compiler out of BPMN's catching events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.expressions import parse_expression
from dag_factory.nodes.base import Marker, NodeFields, node_type
from dag_factory.nodes.event import EventNode

BUSINESS_KEY = "business_key"
"""Variable by which the runs of one conversation know each other."""

AWAITABLE = ("timer", "message", "signal", "conditional")
"""Definitions of events that a run can wait for."""


class AwaitedEvent(BaseModel):
    """One event that is waited for.

    :param outcome: what the race ends with when this event is first.
    :param kind: one of ``AWAITABLE``, or ``owner``: whoever started this run no longer waits for it.
    :param condition: expression that must be true, in the form that is evaluated.
    :param needs_all: whether the outcome needs all of its events: BPMN's parallel multiple event.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: str
    kind: Literal["timer", "message", "signal", "conditional", "owner"]
    name: str = ""
    timer_kind: str = ""
    timer: str = ""
    condition: str = ""
    correlation: str = ""
    needs_all: bool = False


@node_type("event_race")
class EventRaceNode(NodeFields):
    """Waits, without a worker, until one of its `events` happens.

    With `watch` it waits beside an activity, and is skipped when those tasks are done first. With `stops` it ends
    those tasks once an event was first. `takes` are the variables that a message or signal may bring.
    """

    type: Literal["event_race"] = "event_race"
    events: list[AwaitedEvent]
    watch: list[str] = Field(default_factory=list)
    stops: list[str] = Field(default_factory=list)
    is_branching: bool = True

    @property
    def may_end_without(self) -> bool:
        """Whether it may end without any of its events: what it waits beside was done first."""
        return bool(self.watch)

    @property
    def splits(self) -> str:
        """The first event chooses, unless there is only one way."""
        return "outcome" if self.is_branching else "all"

    @property
    def brings_variables(self) -> bool:
        """Whether an event may come with variables."""
        return any(event.kind in ("message", "signal") for event in self.events)

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expressions of timers, conditions and correlation keys."""
        for event in self.events:
            if event.timer:
                yield Marker.TEXT, event.timer
            yield from ((Marker.EXPRESSION, text) for text in (event.condition, event.correlation) if text)
            if event.kind == "message" and not event.correlation:
                yield Marker.EXPRESSION, BUSINESS_KEY

    def to_task(self) -> TaskSpec:
        """Return the task that waits."""
        given = {
            "events": [event.model_dump(exclude_defaults=True) for event in self.events],
            "watch": self.watch,
            "stops": self.stops,
        }
        return TaskSpec(
            task_id=self.id,
            operator="airflow_ops_plugin.operators.event_race.EventRaceOperator",
            arguments={name: value for name, value in given.items() if value},
            retries=3,
            retry_delay_seconds=10,
        )


def awaited(outcome: str, event: EventNode) -> list[AwaitedEvent]:
    """Return what waiting for ``event`` means: one event for each of its definitions, all with one outcome."""
    if event.definition == "multiple":
        parts = [found for part in event.parts for found in awaited(outcome, part)]
        return [part.model_copy(update={"needs_all": event.needs_all}) for part in parts]
    correlation = parse_expression(event.correlation).text if event.correlation else ""
    return [
        AwaitedEvent(
            outcome=outcome,
            kind=event.definition,
            name=event.reference or event.name or event.id if event.definition in ("message", "signal") else "",
            timer_kind=event.timer_kind,
            timer=event.timer,
            condition=parse_expression(event.condition).text if event.condition else "",
            correlation=correlation,
        )
    ]
