"""jBPM and Kogito: people and work items by data inputs with fixed names."""

from __future__ import annotations

from typing import ClassVar

from dag_factory.frontends.bpmn.facts import Assignment, UnboundWork, Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import Element, one_line
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor
from dag_factory.frontends.bpmn.vendors.standard import data_inputs
from dag_factory.frontends.bpmn.vendors.value_lists import split_names


class Jbpm(Vendor):
    """Reads ``drools:`` and the data inputs that go with it."""

    title: ClassVar[str] = "drools"
    namespaces: ClassVar[tuple[str, ...]] = ("http://www.jboss.org/drools", "http://www.jboss.org/drools/flow/gpd")
    understood: ClassVar[frozenset[str]] = frozenset({"taskName", "ruleFlowGroup", "adHoc", "serviceimplementation"})
    harmless: ClassVar[frozenset[str]] = frozenset(
        [
            "selectable",
            "dtype",
            "bgcolor",
            "bordercolor",
            "fontcolor",
            "color-background",
            "packageName",
            "version",
            "priority",
            "metaData",
            "import",
            "global",
            "scriptFormat",
            "independent",
            "waitForCompletion",
            "erefname",
            "msgref",
            "escalationcode",
            "boundaryca",
            "serviceoperation",
            "serviceinterface",
            "servicetype",
            "documentation",
            "processType",
            "simulation",
            "x",
            "y",
            "width",
            "height",
        ]
    )
    unsupported: ClassVar[dict[str, str]] = {
        "onEntry-script": "a script on entry",
        "onExit-script": "a script on exit",
    }

    def assignment(self, element: Element, findings: Findings) -> Assignment | None:
        """Return the data inputs ``ActorId`` and ``GroupId``."""
        given = {item.target: item.value for item in data_inputs(element)}
        people, groups = split_names(given.get("ActorId") or ""), split_names(given.get("GroupId") or "")
        return Assignment(tuple(people), tuple(groups)) if people or groups else None

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the work item, rule group or Java service that the element names."""
        if name := self.attribute(element, "taskName"):
            return UnboundWork(f"is the work item {one_line(name, 120)!r}", name)
        if group := self.attribute(element, "ruleFlowGroup"):
            return UnboundWork(f"runs the rule group {one_line(group, 120)!r}", group)
        return None


VENDORS.register("jbpm")(Jbpm())
