"""``manualTask``: work without any computer; a person confirms it."""

from __future__ import annotations

from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.elements.user_task import read_user_task

ELEMENTS.register("manualTask")(read_user_task)
