"""A wait for the first of several events, made by the compiler out of BPMN's catching events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dag_factory.dag_spec import TaskSpec
from dag_factory.expressions import parse_expression
from dag_factory.nodes.base import Marker, NodeFields, node_type
from dag_factory.nodes.event import EventNode


class AwaitedEvent(BaseModel):
    """One event that is waited for.

    :param outcome: what the race ends with when this event is first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: str
    kind: Literal["timer", "message", "signal", "conditional"]
    name: str = ""
    timer_kind: str = ""
    timer: str = ""
    condition: str = ""
    correlation: str = ""
    payload: dict[str, str] = Field(default_factory=dict)


@node_type("event_race")
class EventRaceNode(NodeFields):
    """Waits, without a worker, until one of its `events` happens.

    With `watch` it waits beside an activity: when all of those tasks are done first, its outcome is `withdrawn`. With
    `stops` it takes those tasks back once an event was first: waits and requests are withdrawn, tasks not yet started
    are skipped; a task that is running is waited for.
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

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expressions of timers, conditions and correlation keys."""
        for event in self.events:
            if event.timer:
                yield Marker.TEXT, event.timer
            yield from ((Marker.EXPRESSION, text) for text in (event.condition, event.correlation) if text)

    def to_task(self) -> TaskSpec:
        """Return the task that waits."""
        given = {
            "events": [event.model_dump(exclude_defaults=True) for event in self.events],
            "watch": self.watch,
            "stops": self.stops,
        }
        return TaskSpec(
            task_id=self.id,
            operator="dag_factory.airflow_backend.operators.event_race.EventRaceOperator",
            arguments={name: value for name, value in given.items() if value},
        )


def awaited(outcome: str, event: EventNode) -> AwaitedEvent:
    """Return what waiting for ``event`` means; its definition is one that can be waited for."""
    correlation = parse_expression(event.correlation).text if event.correlation else ""
    return AwaitedEvent(
        outcome=outcome,
        kind=event.definition,
        name=event.reference,
        timer_kind=event.timer_kind,
        timer=event.timer,
        condition=event.condition or "",
        correlation=correlation,
    )
