"""A step without work of its own: BPMN's abstract task."""

from typing import Literal

from dag_factory.nodes.base import NodeFields, node_type


@node_type("task")
class TaskNode(NodeFields):
    """A milestone: passes the token on at once."""

    type: Literal["task"] = "task"
