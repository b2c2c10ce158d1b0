"""jBPM and Kogito: people and work items by data inputs with fixed names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dag_factory.frontends.bpmn.facts import Assignment, Mapping, ModelWork, UnboundWork, Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import (
    BPMN,
    Element,
    bpmn_child,
    bpmn_children,
    bpmn_name,
    one_line,
    split_name,
    text_of,
)
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor
from dag_factory.frontends.bpmn.vendors.form_fields import RawField, make_fields
from dag_factory.frontends.bpmn.vendors.standard import bare_owners, data_inputs, data_outputs
from dag_factory.frontends.bpmn.vendors.value_lists import split_names
from dag_factory.nodes.manual import FormField

DMN = "http://www.jboss.org/drools/dmn"
JAVA_TYPES = "http://www.java.com/javaTypes"
_WORKING = frozenset({"task", "serviceTask", "sendTask", "businessRuleTask"})
_SHOWN_ALONE = frozenset({"Comment", "Description", "Content"})
"""Inputs of a user task whose value is a text for the person."""
_DEADLINES = frozenset({"NotStartedReassign", "NotStartedNotify", "NotCompletedReassign", "NotCompletedNotify"})
_ABOUT_THE_TASK = frozenset(
    [
        "TaskName",
        "NodeName",
        "Priority",
        "Skippable",
        "Locale",
        "CreatedBy",
        "ActorId",
        "GroupId",
        "SwimlaneActorId",
        "BusinessAdministratorId",
        "BusinessAdministratorGroupId",
        "TaskStakeholderId",
        "ExcludedOwnerId",
        *_DEADLINES,
    ]
)
"""Inputs of a user task that its engine reads itself."""
_TYPES = {
    "string": "string",
    "object": "string",
    "boolean": "boolean",
    "integer": "integer",
    "int": "integer",
    "long": "integer",
    "short": "integer",
    "float": "number",
    "double": "number",
    "bigdecimal": "number",
    "date": "string",
}
"""Type of a form's field by the Java class of a data output."""


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
        """Return the data inputs ``ActorId`` and ``GroupId``; a potential owner is a user unless it says otherwise."""
        given = {item.target: item.value for item in data_inputs(element)}
        people, groups = split_names(given.get("ActorId") or ""), split_names(given.get("GroupId") or "")
        for owner in bare_owners(element) if _is_of_jbpm(element) else ():
            text = self.text_or_none(owner, element, f"the potential owner {owner!r}", findings)
            people += [text] if text else []
        return Assignment(tuple(people), tuple(groups)) if people or groups else None

    def form(self, element: Element, findings: Findings) -> tuple[FormField, ...]:
        """Return the data outputs of a user task that set a variable: what the person fills in."""
        if not _is_user_task_of_jbpm(element):
            return ()
        for name in sorted({item.target for item in data_inputs(element) if item.value} & _DEADLINES):
            findings.warning("DF420", element, f"has the input {name!r} (a deadline), which is not run", "use a timer")
        return make_fields(list(self._raw_fields(element, findings)), element, findings)

    def _raw_fields(self, element: Element, findings: Findings) -> Iterator[RawField]:
        for name, java_class in _used_outputs(element).items():
            kind = _TYPES.get(java_class.rpartition(".")[2].lower())
            if kind is None:
                findings.warning(
                    "DF451",
                    element,
                    f"gives back {one_line(name, 80)!r} of the class {one_line(java_class, 80)!r}, which nobody can"
                    " type; the variable keeps its value",
                    "give back texts, numbers or booleans",
                )
            else:
                yield RawField(name=name, type=kind)

    def inputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the data inputs of a task; of a user task what the person is to see, under its name."""
        if self._names_work(element, findings):
            return tuple(data_inputs(element))
        return tuple(_shown_inputs(element)) if _is_user_task_of_jbpm(element) else ()

    def outputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the variables that the data outputs of a task set; of a user task those that its form has."""
        if self._names_work(element, findings):
            return tuple(data_outputs(element))
        if not _is_user_task_of_jbpm(element):
            return ()
        classes = _used_outputs(element)
        typed = {name for name, java_class in classes.items() if java_class.rpartition(".")[2].lower() in _TYPES}
        return tuple(data_outputs(element, only=typed))

    def _names_work(self, element: Element, findings: Findings) -> bool:
        is_named = element.get("operationRef") is not None or self.work(element, findings) is not None
        return bpmn_name(element) in _WORKING and is_named

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the decision, work item, rule group or Java service that the element names."""
        if element.get("implementation") == DMN:
            return _decision(element)
        if name := self.attribute(element, "taskName"):
            return UnboundWork(f"is the work item {one_line(name, 120)!r}", name)
        if group := self.attribute(element, "ruleFlowGroup"):
            return UnboundWork(f"runs the rule group {one_line(group, 120)!r}", group)
        return None


def _is_user_task_of_jbpm(element: Element) -> bool:
    return bpmn_name(element) == "userTask" and _is_of_jbpm(element)


def _is_of_jbpm(element: Element) -> bool:
    """Whether the file is made for jBPM; other tools only declare its namespace."""
    root = element.getroottree().getroot()
    if root.get("typeLanguage") == JAVA_TYPES or "jBPM" in (root.get("exporter") or ""):
        return True
    process = next(element.iterancestors(f"{{{BPMN}}}process"), None)
    return process is not None and any(split_name(str(name))[0] in Jbpm.namespaces for name in process.attrib)


def _decision(element: Element) -> Work:
    given = {item.target: item.value for item in data_inputs(element)}
    model, decision = str(given.get("model") or ""), str(given.get("decision") or "")
    if "${" in model + decision:
        return UnboundWork(f"computes at run time which decision it takes ({one_line(model + ' ' + decision, 80)})")
    names = (decision,) if decision else tuple(name for name in _used_outputs(element) if name)
    if not model or not names:
        return UnboundWork("evaluates a DMN model without saying which one, or which of its decisions")
    return ModelWork(model=model, decisions=names)


def _shown_inputs(element: Element) -> Iterator[Mapping]:
    for item in data_inputs(element):
        if item.target in _ABOUT_THE_TASK or not item.value:
            continue
        yield item if item.target in _SHOWN_ALONE else Mapping(item.target, f"{item.target}: {item.value}")


def _used_outputs(element: Element) -> dict[str, str]:
    """Return the Java classes of the data outputs that set a variable, by name; text where the file says none."""
    specification = bpmn_child(element, "ioSpecification")
    if specification is None:
        return {}
    used = {text_of(bpmn_child(item, "sourceRef")) for item in bpmn_children(element, "dataOutputAssociation")}
    classes = {
        item.get("id"): item.get("structureRef") or ""
        for item in bpmn_children(element.getroottree().getroot(), "itemDefinition")
    }
    return {
        item.get("name") or item.get("id") or "": classes.get(item.get("itemSubjectRef")) or "String"
        for item in bpmn_children(specification, "dataOutput")
        if item.get("id") in used
    }


VENDORS.register("jbpm")(Jbpm())
