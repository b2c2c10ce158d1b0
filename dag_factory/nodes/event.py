"""An event of BPMN that is more than a plain start or end: what it waits for or throws, and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from dag_factory.nodes.base import NodeFields, node_type


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
