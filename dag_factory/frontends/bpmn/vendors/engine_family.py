"""The words that Activiti, Camunda 7 and Flowable share: they have one root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.facts import (
    Assignment,
    AssignWork,
    Called,
    Collection,
    DecisionWork,
    IdleWork,
    Mapping,
    OperatorWork,
    Retries,
    UnboundWork,
    Work,
)
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.namespaces import BPMN, Element, bpmn_name, one_line, text_of
from dag_factory.frontends.bpmn.vendors.base import Vendor
from dag_factory.frontends.bpmn.vendors.form_fields import RawField, make_fields, make_variables
from dag_factory.frontends.bpmn.vendors.value_lists import split_names
from dag_factory.model.duration import duration_seconds
from dag_factory.model.process import Variable
from dag_factory.nodes.manual import FormField

_DECISION_RESULTS = {"singleEntry": "entry", "singleResult": "first", "collectEntries": "entries"}
MAIL_OPERATOR = "airflow.providers.smtp.operators.smtp.EmailOperator"
_MAIL_ARGUMENTS = {
    "to": "to",
    "from": "from_email",
    "cc": "cc",
    "bcc": "bcc",
    "subject": "subject",
    "html": "html_content",
    "text": "html_content",
}
_RETRY_CYCLE = re.compile(r"R(\d{1,3})/([^/]+)")
_DATA_TYPES = {
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "long": "integer",
    "double": "number",
    "float": "number",
    "boolean": "boolean",
}

TECHNICAL = frozenset(
    [
        "async",
        "asyncBefore",
        "asyncAfter",
        "asyncLeave",
        "exclusive",
        "asyncLeaveExclusive",
        "jobPriority",
        "taskPriority",
        "priority",
        "historyTimeToLive",
        "isStartableInTasklist",
        "versionTag",
        "diagramRelationId",
        "modelerTemplate",
        "modelerTemplateVersion",
        "modelerTemplateIcon",
        "properties",
        "property",
        "formFieldValidation",
        "formHandlerClass",
        "candidateStarterGroups",
        "candidateStarterUsers",
        "category",
        "description",
        "taskIdVariableName",
        "businessCalendarName",
        "followUpDate",
        "calledElementType",
        "fallbackToDefaultTenant",
        "calledElementBinding",
        "calledElementVersion",
        "calledElementVersionTag",
        "calledElementTenantId",
        "decisionRefBinding",
        "decisionRefVersion",
        "decisionRefTenantId",
        "mapDecisionResult",
        "formKey",
        "formRef",
        "formRefBinding",
        "formRefVersion",
        "initiator",
        "inheritVariables",
        "sameDeployment",
        "businessKey",
        "inheritBusinessKey",
        "localScope",
        "isAsync",
        "scope",
        "storeResultVariableAsTransient",
        "useLocalScopeForResultVariable",
        "autoStoreVariables",
        "elementIndexVariable",
        "field",
        "value",
        "id",
        "name",
        "edgeToolType",
        "errorMessage",
        "deploymentId",
        "candidateUsersType",
        "candidateGroupsType",
        "taskCandidatesType",
        "task-candidates-type",
        "work-form-field-validation",
        "validateFormFields",
        "conditional-flow",
        "rejectedTask",
        "localization",
        "translation",
        "startEventCorrelationConfiguration",
        "eventInParameter",
        "eventOutParameter",
        "channelKey",
        "triggerable",
    ]
)
"""What these engines write about threads, history, tenants and editors, and what only goes with an attribute read."""

BEHAVIOUR = {
    "executionListener": "a listener",
    "taskListener": "a listener",
    "eventListener": "a listener",
    "fourEyeGroup": "lets two different people decide",
    "skipExpression": "skips the element",
    "failedJobRetryTimeCycle": "retries",
    "errorEventDefinition": "maps failures to BPMN errors",
    "mapException": "maps exceptions to BPMN errors",
    "variableMappingClass": "maps variables by Java code",
    "variableMappingDelegateExpression": "maps variables by Java code",
    "validation": "validates by Java code",
    "constraint": "validates the form",
    "customResource": "assigns people by a custom link",
    "errorCodeVariable": "keeps the code of an error in a variable",
    "errorMessageVariable": "keeps the message of an error in a variable",
    "escalationCodeVariable": "keeps the code of an escalation in a variable",
    "variableName": "waits for a change of one variable",
    "variableEvents": "waits for a change of variables",
    "endDate": "ends a repetition",
    "variableAggregation": "collects the results of all instances in a variable",
    "httpRequestHandler": "changes the request by code",
    "httpResponseHandler": "reads the response by code",
}


class EngineFamily(Vendor):
    """Reads what the three engines have in common; the subclasses name their namespaces and add their own words."""

    harmless = TECHNICAL
    unsupported = BEHAVIOUR
    understood = frozenset(
        [
            "assignee",
            "candidateUsers",
            "candidateGroups",
            "dueDate",
            "formData",
            "formProperty",
            "class",
            "delegateExpression",
            "expression",
            "type",
            "topic",
            "resultVariable",
            "resultVariableName",
            "in",
            "out",
            "calledElement",
            "collection",
            "elementVariable",
            "versionTag",
            "decisionRef",
            "decisionTableReferenceKey",
            "resource",
            "inputOutput",
            "connector",
            "failedJobRetryTimeCycle",
            "decisionServiceRef",
            "rules",
            "ruleVariablesInput",
            "exclude",
            "eventType",
            "eventCorrelationParameter",
            "triggerEventCorrelationParameter",
            "variableListenerEventDefinition",
            "caseRef",
            "caseDefinitionKey",
            "messageExpression",
            "signalExpression",
        ]
    )

    def assignment(self, element: Element, findings: Findings) -> Assignment | None:
        """Return assignee, else candidate users; and candidate groups."""
        people = self._names(element, "assignee", findings) or self._names(element, "candidateUsers", findings)
        groups = self._names(element, "candidateGroups", findings)
        return Assignment(tuple(people), tuple(groups)) if people or groups else None

    def _names(self, element: Element, attribute: str, findings: Findings) -> list[str]:
        raw = self.attribute(element, attribute)
        names = [raw] if attribute == "assignee" and raw else split_names(raw)
        texts = (
            "${run.initiator}"
            if name.upper() == "$INITIATOR"
            else self.text_or_none(name, element, f"the {attribute} {name!r}", findings)
            for name in names
        )
        return [text for text in texts if text]

    def due(self, element: Element) -> str:
        """Return ``dueDate``."""
        return self.attribute(element, "dueDate")

    def event_name(self, definition: Element) -> str:
        """Return ``messageExpression`` or ``signalExpression``."""
        return self.attribute(definition, "messageExpression") or self.attribute(definition, "signalExpression")

    def report_rest(self, element: Element, findings: Findings) -> None:
        """Add also a finding for each mapping of an element that calls nothing."""
        super().report_rest(element, findings)
        for item in self.extensions(element, "in", "out") if bpmn_name(element) != "callActivity" else ():
            if name := item.get("target") or item.get("source"):
                problem = f"has a mapping to {one_line(name, 80)!r}, which has no effect here"
                findings.warning("DF452", element, problem, "use the variable itself where it is needed")

    def initiator(self, start: Element) -> str:
        """Return ``initiator`` of a start event."""
        return self.attribute(start, "initiator")

    def version(self, process: Element) -> str:
        """Return ``versionTag``."""
        return self.attribute(process, "versionTag")

    def form(self, element: Element, findings: Findings) -> tuple[FormField, ...]:
        """Return the embedded form; a form kept elsewhere gives a warning."""
        raw = list(self.raw_fields(element))
        key = self.attribute(element, "formKey") or self.attribute(element, "formRef")
        if key and not raw:
            findings.warning(
                "DF433",
                element,
                f"uses the form {one_line(key, 80)!r}, which is not in this file; people answer without it",
                "write the fields into the file as form data",
            )
        return make_fields(raw, element, findings)

    def start_form(self, element: Element, findings: Findings) -> tuple[Variable, ...]:
        """Return the fields of the embedded form."""
        return make_variables(list(self.raw_fields(element)), element, findings)

    def raw_fields(self, element: Element) -> Iterator[RawField]:
        """Yield the fields of ``formProperty`` and of ``formData``."""
        for item in self.extensions(element, "formProperty"):
            if item.get("writable") != "false":
                yield self._raw_field(item, item.get("name"), item.get("default"), item.get("required") == "true")
        for data in self.extensions(element, "formData"):
            for item in self.children(data, "formField"):
                rules = [
                    rule for found in self.children(item, "validation") for rule in self.children(found, "constraint")
                ]
                names = {rule.get("name") for rule in rules}
                if "readonly" not in names:
                    yield self._raw_field(item, item.get("label"), item.get("defaultValue"), "required" in names)

    def _raw_field(self, item: Element, title: str | None, default: str | None, is_required: bool) -> RawField:
        return RawField(
            name=item.get("variable") or item.get("id") or "",
            type=item.get("type") or "string",
            title=title or "",
            is_required=is_required,
            default=default,
            options=[value.get("id") or value.get("name") or "" for value in self.children(item, "value")],
        )

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return what can run, else the Java class, bean or topic that the element names."""
        if key := self.attribute(element, "decisionRef"):
            return self._decision(element, key)
        for attribute, what in _IMPLEMENTATIONS.items():
            if value := self.attribute(element, attribute):
                return UnboundWork(f"names {what} {one_line(value, 120)!r}", value)
        if topic := self.attribute(element, "topic"):
            return UnboundWork(f"waits for an external worker on the topic {one_line(topic, 120)!r}", topic)
        if expression := self.attribute(element, "expression"):
            return self._expression_work(element, expression)
        kind = self.attribute(element, "type")
        if kind == "mail":
            return self._mail(element, findings)
        if kind:
            return UnboundWork(f"is a built-in {one_line(kind, 60)!r} task of {self.title}", kind)
        if rules := self.attribute(element, "ruleVariablesInput") or self.attribute(element, "rules"):
            return UnboundWork(f"runs business rules on {one_line(rules, 120)!r}", rules)
        return None

    def _decision(self, element: Element, key: str) -> Work:
        if "{" in key:
            return UnboundWork(f"computes at run time which decision it takes ({one_line(key, 80)})")
        variable = self.result_variable(element)
        shape = _DECISION_RESULTS.get(self.attribute(element, "mapDecisionResult"), "hits")
        return DecisionWork(key=key, outputs={variable: shape} if variable else {})

    def _mail(self, element: Element, findings: Findings) -> Work:
        arguments = {}
        for name, argument in _MAIL_ARGUMENTS.items():
            raw = self.fields(element).get(name)
            if raw and argument not in arguments:
                text = self.text_or_none(raw, element, f"the field {name!r}", findings)
                arguments[argument] = text or ""
        if "to" not in arguments:
            return UnboundWork("is a mail without a recipient", "mail")
        return OperatorWork(MAIL_OPERATOR, {"subject": "", "html_content": ""} | arguments)

    def _expression_work(self, element: Element, raw: str) -> Work:
        shown = one_line(raw, 160)
        try:
            expression = canonical_expression(raw)
        except ExpressionError:
            return UnboundWork(f"calls engine code by the expression {shown!r}", raw)
        variable = self.result_variable(element)
        return (
            AssignWork(variable, expression) if variable else IdleWork(f"evaluates {shown!r} and keeps nothing of it")
        )

    def result_variable(self, element: Element) -> str:
        """Return ``resultVariable``."""
        return self.attribute(element, "resultVariable") or self.attribute(element, "resultVariableName")

    def script_source(self, element: Element) -> str:
        """Return ``resource``."""
        return self.attribute(element, "resource")

    def retries(self, element: Element, findings: Findings) -> Retries | None:
        """Return what ``failedJobRetryTimeCycle`` says; ``R3/PT10M`` counts the first attempt."""
        cycle = self.attribute(element, "failedJobRetryTimeCycle") or next(
            (text_of(item) for item in self.extensions(element, "failedJobRetryTimeCycle")), ""
        )
        if not cycle:
            return None
        if match := _RETRY_CYCLE.fullmatch(cycle):
            delay = duration_seconds(match[2])
            if delay is not None:
                return Retries(max(min(int(match[1]), 101) - 1, 0), min(delay, 86_400))
        delays = [duration_seconds(part) for part in cycle.split(",")]
        if delays[0] is not None and None not in delays:
            return Retries(min(len(delays), 100), min(delays[0], 86_400))
        findings.warning(
            "DF440", element, f"has the retry cycle {one_line(cycle, 60)!r}, which is not understood", "write R3/PT10M"
        )
        return None

    def called(self, element: Element, findings: Findings) -> Called | None:
        """Return ``in`` and ``out`` of a call activity."""
        ins, outs = list(self.extensions(element, "in")), list(self.extensions(element, "out"))
        inherits = self.attribute(element, "inheritVariables") == "true"
        if not ins and not outs and not inherits:
            return None
        return Called(
            inputs=tuple(self._mappings(ins, element, findings)),
            outputs=tuple(self._mappings(outs, element, findings)),
            passes_all=inherits or any(item.get("variables") == "all" for item in ins),
            returns_all=any(item.get("variables") == "all" for item in outs),
        )

    def _mappings(self, items: list[Element], element: Element, findings: Findings) -> Iterator[Mapping]:
        for item in items:
            target = item.get("target") or ""
            if expression := item.get("sourceExpression"):
                text = self.text_or_none(expression, element, f"a mapping to {target!r}", findings)
                if text is not None and target:
                    yield Mapping(target, text)
            elif source := item.get("source"):
                text = self.text_or_none(f"${{`{source}`}}", element, f"a mapping to {target!r}", findings)
                if text is not None:
                    yield Mapping(target or source, text)

    def collection(self, loop: Element) -> Collection | None:
        """Return ``collection`` and ``elementVariable``; a bare word is the name of a variable."""
        raw = self.attribute(loop, "collection") or next((text_of(i) for i in self.extensions(loop, "collection")), "")
        item = self.attribute(loop, "elementVariable")
        return Collection(expression=raw, item=item) if raw or item else None

    def variables(self, process: Element, findings: Findings) -> tuple[Variable, ...]:
        """Return the data objects with a value, those of sub-processes included."""
        found: list[Variable] = []
        for item in process.iter(f"{{{BPMN}}}dataObject"):
            kind = (item.get("itemSubjectRef") or "").rpartition(":")[2].lower()
            values = [text_of(value) for value in self.extensions(item, "value")]
            if values:
                raw = RawField(
                    name=item.get("name") or item.get("id") or "",
                    type=_DATA_TYPES.get(kind, "string"),
                    default=values[0],
                )
                found += make_variables([raw], item, findings)
        return tuple(found)

    def parameters(self, holder: Element, name: str, element: Element, findings: Findings) -> Iterator[Mapping]:
        """Yield the parameters called ``name`` (``inputParameter``, ``outputParameter``) below ``holder``."""
        for item in self.children(holder, name):
            target = item.get("name") or ""
            if any(True for _ in self.children(item, "script")):
                findings.warning(
                    "DF441",
                    element,
                    f"computes the parameter {target!r} by a script, which is not run",
                    "use an expression, or compute it in a script task",
                )
            elif list(entries := list(self.children(item, "map", "list"))):
                yield Mapping(target, self._structure(entries[0], element, findings))
            else:
                text = self.text_or_none(text_of(item), element, f"the parameter {target!r}", findings)
                if text is not None:
                    yield Mapping(target, text)

    def _structure(self, item: Element, element: Element, findings: Findings) -> dict[str, str] | list[str]:
        def read(part: Element) -> str:
            return self.text_or_none(text_of(part), element, "a list or map", findings) or ""

        if item.tag.endswith("}list"):
            return [read(part) for part in self.children(item, "value")]
        return {part.get("key") or "": read(part) for part in self.children(item, "entry")}

    def io_holders(self, element: Element) -> Iterator[Element]:
        """Yield the ``inputOutput`` elements of ``element``."""
        yield from self.extensions(element, "inputOutput")

    def inputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the input parameters."""
        return tuple(
            mapping
            for holder in self.io_holders(element)
            for mapping in self.parameters(holder, "inputParameter", element, findings)
        )

    def outputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the output parameters."""
        return tuple(
            mapping
            for holder in self.io_holders(element)
            for mapping in self.parameters(holder, "outputParameter", element, findings)
        )

    def fields(self, element: Element) -> dict[str, str]:
        """Return the values of the ``field`` extensions by name, as they stand in the file."""
        found = {}
        for item in self.extensions(element, "field"):
            inner = next(self.children(item, "string", "expression"), None)
            attribute = item.get("stringValue") or item.get("expression")
            found[item.get("name") or ""] = attribute if inner is None and attribute else text_of(inner)
        return found


_IMPLEMENTATIONS = {
    "caseRef": "the CMMN case",
    "caseDefinitionKey": "the CMMN case",
    "class": "the Java class",
    "delegateExpression": "the Java object",
    "decisionTableReferenceKey": "the decision table",
    "decisionServiceRef": "the decision service",
}
