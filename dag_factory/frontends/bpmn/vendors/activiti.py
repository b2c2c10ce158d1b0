"""Activiti: the common root, with its mail and shell tasks."""

from __future__ import annotations

from typing import ClassVar

from dag_factory.frontends.bpmn.facts import Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element
from dag_factory.frontends.bpmn.vendors.base import VENDORS
from dag_factory.frontends.bpmn.vendors.engine_family import EngineFamily
from dag_factory.frontends.bpmn.vendors.shell_task import read_shell_task


class Activiti(EngineFamily):
    """Reads ``activiti:``, also where a file calls the prefix ``camunda``."""

    title: ClassVar[str] = "activiti"
    namespaces: ClassVar[tuple[str, ...]] = ("http://activiti.org/bpmn",)

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the command of a shell task, else what every engine of the family says."""
        if self.attribute(element, "type") == "shell":
            return read_shell_task(self, element, findings)
        return super().work(element, findings)


VENDORS.register("activiti")(Activiti())
