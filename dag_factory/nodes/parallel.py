"""Several children at once, or one child for each item of a list."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from dag_factory.nodes.base import Expression, NodeFields, VariableName, node_type


@node_type("parallel")
class ParallelNode(NodeFields):
    """Runs its `children` side by side and is done when all of them are.

    With `for_each` it runs its only child once for each item of a list; variables that the child sets become lists,
    in the order of the items. `timeout_seconds` and `retries` hold for the children that give none of their own.
    """

    default_timeout_seconds: ClassVar[float] = 7200
    default_retries: ClassVar[int] = 1

    type: Literal["parallel"] = "parallel"
    children: list[Any] = Field(min_length=1, max_length=500, description="The nodes that run side by side.")
    for_each: Expression | None = Field(None, description="Expression whose value is the list of items.")
    item: VariableName = Field("item", description="Variable under which the child sees its item.")
    max_concurrency: int | None = Field(None, ge=1, le=1000, description="How many children run at once at the most.")
    timeout_seconds: float = Field(7200, gt=0, le=31_536_000, description="Seconds for children that give none.")
    retries: int = Field(1, ge=0, le=100, description="Retries for children that give none.")

    @model_validator(mode="after")
    def _for_each_has_one_child(self) -> ParallelNode:
        if self.for_each is not None and len(self.children) != 1:
            raise ValueError("`for_each` runs exactly one child for each item: put several steps into one script")
        return self
