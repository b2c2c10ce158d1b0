"""Definitions: what the file declares once and elements refer to: messages, signals, errors, escalations."""

from __future__ import annotations

from dataclasses import dataclass, field

from dag_factory.frontends.bpmn.namespaces import Element, bpmn_name

_EVENT_DEFINITION = "EventDefinition"


@dataclass(frozen=True, slots=True)
class Definitions:
    """The root elements by kind and id."""

    by_kind: dict[str, dict[str, Element]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Element) -> Definitions:
        """Return the definitions of a file."""
        found: dict[str, dict[str, Element]] = {}
        for child in root:
            kind, key = bpmn_name(child), child.get("id")
            if kind and key:
                kind = "eventDefinition" if kind.endswith(_EVENT_DEFINITION) else kind
                found.setdefault(kind, {}).setdefault(key, child)
        return cls(found)

    def find(self, kind: str, reference: str | None) -> Element | None:
        """Return the root element ``reference`` of one kind, also behind a prefix."""
        if not reference:
            return None
        known = self.by_kind.get(kind, {})
        found = known.get(reference)
        return known.get(reference.rpartition(":")[2]) if found is None else found
