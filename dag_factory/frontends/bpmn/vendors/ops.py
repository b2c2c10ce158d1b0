"""The extension of this project: ``<ops:agent skills="netops>=3"/>``."""

from __future__ import annotations

from typing import ClassVar

from dag_factory.frontends.bpmn.namespaces import Element
from dag_factory.frontends.bpmn.vendors.base import VENDORS, Vendor


class Ops(Vendor):
    """Reads ``ops:``."""

    title: ClassVar[str] = "ops"
    namespaces: ClassVar[tuple[str, ...]] = ("urn:airflow-ops:bpmn",)
    understood: ClassVar[frozenset[str]] = frozenset({"agent"})

    def agents(self, element: Element) -> dict[str, dict[str, str]]:
        """Return the attributes of each ``ops:agent``, by its ``for``."""
        found = {}
        for item in self.extensions(element, "agent"):
            given = {str(name): str(value) for name, value in item.attrib.items() if not str(name).startswith("{")}
            type_name = given.pop("for", "")
            found[type_name] = {"agent": "true"} | given
        return found


VENDORS.register("ops")(Ops())
