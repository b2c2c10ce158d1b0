"""Zeebe (Camunda 8): job types, FEEL mappings, forms as JSON, HTTP connectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.expression_text import (
    canonical_expression,
    mapping_entries,
    text_from_feel,
    time_from_feel,
    without_root,
)
from dag_factory.frontends.bpmn.facts import (
    Assignment,
    AssignWork,
    Called,
    Collection,
    DecisionWork,
    HttpWork,
    Mapping,
    Retries,
    UnboundWork,
    Work,
)
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element, one_line, text_of
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor
from dag_factory.frontends.bpmn.vendors.form_fields import RawField, make_fields, make_variables
from dag_factory.frontends.bpmn.vendors.value_lists import feel_list, split_names
from dag_factory.model.duration import duration_seconds
from dag_factory.model.process import Variable
from dag_factory.nodes.manual import FormField

HTTP_JOB_TYPE = "io.camunda:http-json:1"
MAX_FORM_DEPTH = 20


class Zeebe(Vendor):
    """Reads ``zeebe:``."""

    title: ClassVar[str] = "zeebe"
    namespaces: ClassVar[tuple[str, ...]] = ("http://camunda.org/schema/zeebe/1.0",)
    understood: ClassVar[frozenset[str]] = frozenset(
        [
            "taskDefinition",
            "ioMapping",
            "assignmentDefinition",
            "formDefinition",
            "userTaskForm",
            "calledElement",
            "loopCharacteristics",
            "subscription",
            "versionTag",
            "taskHeaders",
            "calledDecision",
            "script",
            "taskSchedule",
            "userTask",
        ]
    )
    harmless: ClassVar[frozenset[str]] = frozenset(
        [
            "modelerTemplate",
            "modelerTemplateVersion",
            "modelerTemplateIcon",
            "properties",
            "property",
            "priorityDefinition",
            "bindingType",
            "adHocImplementation",
        ]
    )
    unsupported: ClassVar[dict[str, str]] = {
        "executionListeners": "listeners",
        "taskListeners": "listeners",
        "conditionalFilter": "filters the changes that a condition sees",
        "adHoc": "chooses the activities of an ad-hoc sub-process",
    }

    def text(self, value: str) -> str:
        """Return FEEL after ``=``, else the value as it is."""
        return text_from_feel(value)

    def time(self, value: str) -> str:
        """Return a time; ``=duration(x)`` is ``x``."""
        return time_from_feel(value)

    def assignment(self, element: Element, findings: Findings) -> Assignment | None:
        """Return what ``assignmentDefinition`` says."""
        for item in self.extensions(element, "assignmentDefinition"):
            people = self._names(item.get("assignee"), element, findings) or self._names(
                item.get("candidateUsers"), element, findings
            )
            groups = self._names(item.get("candidateGroups"), element, findings)
            if people or groups:
                return Assignment(tuple(people), tuple(groups))
        return None

    def _names(self, raw: str | None, element: Element, findings: Findings) -> list[str]:
        if not raw or not raw.strip():
            return []
        listed = feel_list(raw) or ([raw] if raw.strip().startswith("=") else split_names(raw))
        texts = (self.text_or_none(item, element, f"the assignment {item!r}", findings) for item in listed)
        return [text for text in texts if text]

    def due(self, element: Element) -> str:
        """Return the due date of ``taskSchedule``."""
        return next((item.get("dueDate") or "" for item in self.extensions(element, "taskSchedule")), "")

    def version(self, process: Element) -> str:
        """Return the value of ``versionTag``."""
        return next((item.get("value") or "" for item in self.extensions(process, "versionTag")), "")

    def form(self, element: Element, findings: Findings) -> tuple[FormField, ...]:
        """Return the fields of the form that the process embeds; a form kept elsewhere gives a warning."""
        return make_fields(list(self._raw_fields(element, findings)), element, findings)

    def start_form(self, element: Element, findings: Findings) -> tuple[Variable, ...]:
        """Return the fields of the embedded form."""
        return make_variables(list(self._raw_fields(element, findings)), element, findings)

    def _raw_fields(self, element: Element, findings: Findings) -> Iterator[RawField]:
        for item in self.extensions(element, "formDefinition"):
            key = (item.get("formKey") or "").rpartition(":")[2]
            body = self._embedded_form(element, key) if key else None
            name = item.get("formId") or item.get("externalReference") or item.get("formKey") or ""
            if body is None:
                findings.warning(
                    "DF433",
                    element,
                    f"uses the form {one_line(name, 80)!r}, which is not in this file; people answer without it",
                    "embed the form into the file",
                )
                continue
            try:
                yield from _components(json.loads(body), 0)
            except (ValueError, RecursionError):
                findings.warning("DF434", element, f"uses the form {one_line(name, 80)!r}, which is not valid JSON")

    def _embedded_form(self, element: Element, key: str) -> str | None:
        for process in element.iterancestors():
            for item in self.extensions(process, "userTaskForm"):
                if item.get("id") == key:
                    return text_of(item)
        return None

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the request of an HTTP connector, else the job type, decision or FEEL script that it names."""
        for item in self.extensions(element, "taskDefinition"):
            kind = (item.get("type") or "").strip()
            if kind == HTTP_JOB_TYPE:
                return self._http(element, findings)
            return UnboundWork(f"waits for a worker of the job type {one_line(kind, 120)!r}", kind)
        for item in self.extensions(element, "calledDecision"):
            return _decision((item.get("decisionId") or "").strip(), (item.get("resultVariable") or "").strip())
        for item in self.extensions(element, "script"):
            return _assign(item.get("resultVariable") or "", item.get("expression") or "")
        return None

    def _http(self, element: Element, findings: Findings) -> Work:
        given = {item.target: item.value for item in self.inputs(element, findings)}
        if not isinstance(given.get("url"), str):
            return UnboundWork("uses an HTTP connector without an address that can be read")
        if given.get("authentication.type") not in (None, "noAuth"):
            findings.warning(
                "DF444",
                element,
                f"logs in by {one_line(str(given['authentication.type']), 40)!r}, which is left out",
                "put the credentials into the Airflow connection",
            )
        timeout = duration_seconds(str(given.get("connectionTimeoutInSeconds") or "")) or _number(
            given.get("connectionTimeoutInSeconds")
        )
        return HttpWork(
            url=given["url"],
            method=str(given.get("method") or "GET"),
            headers=_text_mapping(given.get("headers")),
            query=_text_mapping(given.get("queryParameters")),
            body=given.get("body"),
            outputs=self._response_outputs(element, findings),
            timeout_seconds=timeout,
        )

    def _response_outputs(self, element: Element, findings: Findings) -> dict[str, str]:
        headers = {
            header.get("key"): header.get("value") or ""
            for holder in self.extensions(element, "taskHeaders")
            for header in self.children(holder, "header")
        }
        made = {}
        if is_variable_name(variable := (headers.get("resultVariable") or "").strip()):
            made[variable] = '{"status": status, "headers": headers, "body": body}'
        if expression := headers.get("resultExpression"):
            made |= _result_expression(expression, element, findings)
        if headers.get("errorExpression"):
            findings.warning("DF442", element, "has an error expression, which has no effect")
        return made

    def inputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the inputs of ``ioMapping``."""
        return tuple(self._mappings(element, "input", findings))

    def outputs(self, element: Element, findings: Findings) -> tuple[Mapping, ...]:
        """Return the outputs of ``ioMapping``."""
        return tuple(self._mappings(element, "output", findings))

    def _mappings(self, element: Element, name: str, findings: Findings) -> Iterator[Mapping]:
        for holder in self.extensions(element, "ioMapping"):
            for item in self.children(holder, name):
                source, target = item.get("source"), (item.get("target") or "").strip()
                if not source or not target:
                    continue
                value: Any = _structure(source)
                if value is None:
                    value = self.text_or_none(source, element, f"the {name} {target!r}", findings)
                if value is not None:
                    yield Mapping(target, value)

    def retries(self, element: Element, findings: Findings) -> Retries | None:
        """Return the retries of ``taskDefinition``, which count the first attempt."""
        for item in self.extensions(element, "taskDefinition"):
            raw = (item.get("retries") or "").strip()
            if raw.isascii() and raw.isdigit():
                return Retries(max(min(int(raw[:6]), 101) - 1, 0))
            if raw:
                findings.warning(
                    "DF440", element, f"computes its retries ({one_line(raw, 60)!r}), which is not understood"
                )
        return None

    def called(self, element: Element, findings: Findings) -> Called | None:
        """Return ``calledElement`` with the mappings of the call activity."""
        for item in self.extensions(element, "calledElement"):
            process = (item.get("processId") or "").strip()
            return Called(
                process=process,
                is_expression=process.startswith("="),
                inputs=self.inputs(element, findings),
                outputs=self.outputs(element, findings),
                passes_all=item.get("propagateAllParentVariables") != "false",
                returns_all=item.get("propagateAllChildVariables") == "true",
            )
        return None

    def collection(self, loop: Element) -> Collection | None:
        """Return ``inputCollection`` and ``inputElement``."""
        for item in self.extensions(loop, "loopCharacteristics"):
            return Collection(expression=item.get("inputCollection") or "", item=item.get("inputElement") or "")
        return None

    def correlation(self, message: Element) -> str:
        """Return the key of ``subscription``."""
        return next((item.get("correlationKey") or "" for item in self.extensions(message, "subscription")), "")


def _decision(key: str, variable: str) -> Work:
    if key.startswith("="):
        return UnboundWork(f"computes at run time which decision it takes ({one_line(key, 80)})")
    return DecisionWork(key=key, outputs={variable: "result"} if variable else {})


def _assign(variable: str, raw: str) -> Work:
    try:
        return AssignWork(variable, canonical_expression(raw))
    except ExpressionError:
        return UnboundWork(f"sets {variable!r} to the FEEL expression {one_line(raw, 160)!r}")


def _components(form: Any, depth: int) -> Iterator[RawField]:
    """Yield the fields of a form of form-js, groups opened."""
    components = form.get("components") if isinstance(form, dict) else None
    if not isinstance(components, list) or depth > MAX_FORM_DEPTH:
        return
    for item in components:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("components"), list):
            yield from _components(item, depth + 1)
        elif isinstance(item.get("key"), str) and not item.get("disabled") and not item.get("readonly"):
            yield _component(item)


def _component(item: dict[str, Any]) -> RawField:
    kind = str(item.get("type") or "")
    if kind == "datetime":
        kind = {"date": "date", "datetime": "datetime"}.get(str(item.get("subtype")), "time")
    elif kind == "number" and item.get("decimalDigits") == 0:
        kind = "integer"
    rules = item.get("validate")
    options = item.get("values")
    return RawField(
        name=item["key"],
        type=kind,
        title=str(item.get("label") or item.get("dateLabel") or ""),
        description=str(item.get("description") or ""),
        is_required=isinstance(rules, dict) and rules.get("required") is True,
        default=item.get("defaultValue"),
        options=[str(option.get("value") or "") for option in options if isinstance(option, dict)]
        if isinstance(options, list)
        else [],
    )


def _structure(source: str) -> dict[str, str] | None:
    """Return a FEEL context as a mapping of texts, ``None`` for everything else."""
    entries = mapping_entries(source) if source.lstrip().startswith("=") else None
    return None if entries is None else {key: f"${{{value}}}" for key, value in entries.items()}


def _text_mapping(value: Any) -> dict[str, str]:
    return value if isinstance(value, dict) else {}


def _result_expression(text: str, element: Element, findings: Findings) -> dict[str, str]:
    """Return the variables that a connector's result expression sets, over our result."""
    made = {}
    for name, value in (mapping_entries(text) or {"": ""}).items():
        expression = without_root(value, "response", ("status", "headers", "body")) if value else None
        if expression is not None and is_variable_name(name):
            made[name] = expression
        else:
            findings.warning(
                "DF443",
                element,
                f"keeps {name or 'parts'!r} of the response in a way that is not understood",
                "write ={name: response.body.field}",
            )
    return made


def _number(value: Any) -> float | None:
    text = str(value or "")
    return float(text) if text.isascii() and text.isdigit() and 0 < len(text) < 9 and int(text) > 0 else None


VENDORS.register("zeebe")(Zeebe())
