"""Flowable: the common root, with its HTTP and shell tasks and its event registry."""

from __future__ import annotations

from typing import ClassVar

from dag_factory.frontends.bpmn.facts import DecisionWork, HttpWork, UnboundWork, VendorEvent, Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element, text_of
from dag_factory.frontends.bpmn.vendors.base import VENDORS
from dag_factory.frontends.bpmn.vendors.engine_family import EngineFamily
from dag_factory.frontends.bpmn.vendors.shell_task import read_shell_task

_DECISION_KEY = "decisionTableReferenceKey"
_HTTP_EXTRAS = {
    "failStatusCodes": "chooses which status codes fail",
    "handleStatusCodes": "maps status codes to BPMN errors",
    "ignoreException": "ignores failures",
    "disallowRedirects": "forbids redirects",
}


class Flowable(EngineFamily):
    """Reads ``flowable:``."""

    title: ClassVar[str] = "flowable"
    namespaces: ClassVar[tuple[str, ...]] = ("http://flowable.org/bpmn",)

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return an HTTP request or a command, else what every engine of the family says."""
        kind = self.attribute(element, "type")
        if kind == "http":
            return self._http(element, findings)
        if kind == "shell":
            return read_shell_task(self, element, findings)
        key = self.attribute(element, _DECISION_KEY) or self.fields(element).get(_DECISION_KEY, "")
        if key and "{" not in key:
            return DecisionWork(key=key.strip(), sets_outputs=True)
        return super().work(element, findings)

    def _http(self, element: Element, findings: Findings) -> Work:
        fields = self.fields(element)
        if not fields.get("requestUrl"):
            return UnboundWork("makes an HTTP request without an address", "http")

        def text(name: str) -> str:
            return self.text_or_none(fields.get(name, ""), element, f"the field {name!r}", findings) or ""

        for name, what in _HTTP_EXTRAS.items():
            if fields.get(name) not in (None, "", "false"):
                findings.warning("DF442", element, f"has the field {name!r} ({what}), which has no effect")
        timeout = fields.get("requestTimeout", "")
        return HttpWork(
            url=text("requestUrl"),
            method=fields.get("requestMethod") or "GET",
            headers=_headers(text("requestHeaders")),
            body=text("requestBody") or None,
            outputs=_kept_of_response(element.get("id") or "", fields),
            timeout_seconds=int(timeout) / 1000
            if timeout.isascii() and timeout.isdigit() and len(timeout) < 10
            else None,
        )

    def event(self, element: Element, findings: Findings) -> VendorEvent | None:
        """Return an event of the registry as a message, and a listener of a variable as a condition."""
        for item in self.extensions(element, "eventType"):
            return VendorEvent(definition="message", reference=text_of(item), correlation=self._key(element, findings))
        for item in self.extensions(element, "variableListenerEventDefinition"):
            return VendorEvent(definition="conditional", reference=item.get("variableName") or "")
        return None

    def _key(self, element: Element, findings: Findings) -> str | None:
        parameters = list(self.extensions(element, "eventCorrelationParameter"))
        if len(parameters) > 1:
            findings.warning(
                "DF450",
                element,
                "is correlated by several parameters, of which only the first counts",
                "use one parameter as the business key",
            )
        return parameters[0].get("value") or None if parameters else None


def _kept_of_response(activity: str, fields: dict[str, str]) -> dict[str, str]:
    """Return what the engine keeps of a response: the body, and with ``saveResponseParameters`` how it came."""
    prefix = fields.get("resultVariablePrefix") or activity
    kept = {fields.get("responseVariableName") or f"{prefix}ResponseBody": "body"}
    if fields.get("saveResponseParameters") == "true":
        kept |= {f"{prefix}ResponseStatusCode": "status", f"{prefix}ResponseHeaders": "headers"}
    return {name: value for name, value in kept.items() if is_variable_name(name)}


def _headers(text: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs if name.strip()}


VENDORS.register("flowable")(Flowable())
