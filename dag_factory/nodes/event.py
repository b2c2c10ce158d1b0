"""An event of BPMN that is more than a plain start or end: what it waits for or throws, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field

from dag_factory.nodes.base import Marker, NodeFields, node_type


class EventPosition(StrEnum):
    """Where an event stands in the flow."""

    START = "start"
    CATCH = "catch"
    THROW = "throw"
    BOUNDARY = "boundary"
    END = "end"


@node_type("event")
class EventNode(NodeFields):
    """A typed event.

    `definition` is one of `none, timer, message, signal, conditional, error, escalation, compensation, link, cancel,
    terminate, multiple`. `reference` is what it waits for or throws: the name of the message or signal, the code of
    the error or escalation, the name of the link, the activity to compensate; empty for any.
    """

    type: Literal["event"] = "event"
    position: EventPosition
    definition: str
    reference: str = ""
    timer_kind: Literal["", "date", "duration", "cycle"] = ""
    timer: str = Field("", description="ISO 8601 date, duration, repetition, or cron, or an expression.")
    condition: str | None = None
    correlation: str | None = Field(None, description="Expression for the business key of a message.")
    attached_to: str = Field("", description="Id of the activity whose border a boundary event stands on.")
    is_interrupting: bool = True
    parts: list[EventNode] = Field(
        default_factory=list, description="The definitions of a `multiple` event, each as an event of its own."
    )
    needs_all: bool = Field(False, description="Whether all parts of a `multiple` event must happen.")

    @property
    def definitions(self) -> list[EventNode]:
        """What it waits for or throws, each as an event of its own: its parts, or it alone."""
        return self.parts or [self]

    def reads(self) -> Iterator[tuple[Marker, str]]:
        """Yield the expressions of timers, conditions and correlation keys, so that they are checked."""
        if self.timer:
            yield Marker.TEXT, self.timer
        yield from ((Marker.EXPRESSION, text) for text in (self.condition, self.correlation) if text)
        for part in self.parts:
            yield from part.reads()
