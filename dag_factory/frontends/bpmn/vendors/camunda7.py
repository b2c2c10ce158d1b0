"""Camunda 7: the common root, with connectors and input and output parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dag_factory.expressions.syntax_tree import Name, Node
from dag_factory.frontends.bpmn.expression_text import lone_expression, replace_names
from dag_factory.frontends.bpmn.facts import HttpWork, Mapping, UnboundWork, Work
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element, text_of
from dag_factory.frontends.bpmn.vendors.base import VENDORS
from dag_factory.frontends.bpmn.vendors.engine_family import EngineFamily

_RESPONSE = {"response": "body", "statusCode": "status", "headers": "headers"}


class Camunda7(EngineFamily):
    """Reads ``camunda:`` and the ``fox:`` of its first years."""

    title: ClassVar[str] = "camunda"
    namespaces: ClassVar[tuple[str, ...]] = (
        "http://camunda.org/schema/1.0/bpmn",
        "http://www.camunda.com/fox",
        "http://camunda.com/fox",
    )

    def work(self, element: Element, findings: Findings) -> Work | None:
        """Return the request of an HTTP connector, else what every engine of the family says."""
        for connector in self.extensions(element, "connector"):
            return self._connector(connector, element, findings)
        return super().work(element, findings)

    def _connector(self, connector: Element, element: Element, findings: Findings) -> Work:
        kind = next((text_of(item) for item in self.children(connector, "connectorId")), "")
        holder = next(self.children(connector, "inputOutput"), None)
        if kind != "http-connector" or holder is None:
            return UnboundWork(f"uses the connector {kind or 'without an id'!r}", kind)
        given = {item.target: item.value for item in self.parameters(holder, "inputParameter", element, findings)}
        if not isinstance(given.get("url"), str):
            return UnboundWork("uses an HTTP connector whose address is computed by a script or missing")
        headers = given.get("headers")
        outputs = list(self.parameters(holder, "outputParameter", element, findings))
        return HttpWork(
            url=given["url"],
            method=str(given.get("method") or "GET"),
            headers=headers if isinstance(headers, dict) else {},
            body=given.get("payload") or None,
            outputs=response_outputs(outputs, element, findings),
        )


def response_outputs(outputs: Sequence[Mapping], element: Element, findings: Findings) -> dict[str, str]:
    """Return what a connector keeps of a response, as variable -> expression over our result."""

    def rename(name: str) -> Node | None:
        return Name(_RESPONSE[name]) if name in _RESPONSE else None

    made = {}
    for item in outputs:
        expression = lone_expression(item.value) if isinstance(item.value, str) else None
        renamed = replace_names(expression, rename) if expression else None
        if renamed and is_variable_name(item.target):
            made[item.target] = renamed
        else:
            findings.warning(
                "DF443",
                element,
                f"sets the variable {item.target!r} from the response in a way that is not understood",
                "use ${response}, ${statusCode} or ${headers}",
            )
    return made


VENDORS.register("camunda7")(Camunda7())
