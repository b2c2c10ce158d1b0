"""Processes that ``templates convert`` wrote: BPMN that every modeller shows, with the template's own fields inside.

The drawing says which elements and flows there are, and what they are called; an extension element says the rest.
"""

from __future__ import annotations

import json
from typing import Any

from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, bpmn_children, bpmn_name, text_of

OWN = "urn:airflow-ops:template"
"""Namespace of the extension elements ``template`` (in a process) and ``node``, and of the attribute ``choice``."""


def own_template(process: Element) -> dict[str, Any] | None:
    """Return the JSON template that ``process`` was written from, as the drawing has it now; ``None`` for other files.

    :raises ValueError: an extension element holds no JSON object.
    """
    head = _extension(process, "template")
    return None if head is None else head | _scope(process)


def _scope(holder: Element) -> dict[str, Any]:
    nodes, edges, defaults = [], [], set()
    for child in holder:
        name = bpmn_name(child)
        if name == "sequenceFlow":
            edges.append(_edge(child))
        elif name and (fields := _extension(child, "node")) is not None:
            nodes.append(_node(child, fields))
            defaults.add(child.get("default"))
    for key, edge in edges:
        if key in defaults and key:
            edge["default"] = True
    return {"nodes": nodes, "edges": [edge for _, edge in edges]}


def _node(element: Element, fields: dict[str, Any]) -> dict[str, Any]:
    made = {"id": element.get("id") or "", **fields}
    if name := element.get("name"):
        made["name"] = name
    if documentation := _exact_text(bpmn_child(element, "documentation")):
        made["description"] = documentation
    if made.get("type") == "parallel":
        made["children"] = _scope(element)["nodes"]
    elif made.get("type") == "group":
        made |= _scope(element)
    return made


def _edge(element: Element) -> tuple[str, dict[str, Any]]:
    made = {
        "from": element.get("sourceRef") or "",
        "to": element.get("targetRef") or "",
        "name": element.get("name"),
        "condition": _exact_text(bpmn_child(element, "conditionExpression")),
        "choice": element.get(f"{{{OWN}}}choice"),
    }
    return element.get("id") or "", {key: value for key, value in made.items() if value}


def _exact_text(element: Element | None) -> str:
    return "" if element is None else element.text or ""


def _extension(element: Element, name: str) -> dict[str, Any] | None:
    """Return the JSON object of an extension element, ``None`` where there is none."""
    for holder in bpmn_children(element, "extensionElements"):
        for item in holder.iterchildren(f"{{{OWN}}}{name}"):
            data = json.loads(text_of(item) or "{}")
            if not isinstance(data, dict):
                raise ValueError(f"the extension {name!r} of {element.get('id')!r} holds no object")
            return data
    return None
